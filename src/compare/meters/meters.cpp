#include "compare/meters/meters.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "cli/input_file.hpp"

namespace iomux::compare {
namespace {

using std::chrono::nanoseconds;
namespace fs = std::filesystem;

std::optional<pid_t> number_of(const std::string& text) {
    pid_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Parses lines such as `Rss:    3412 kB`.
std::optional<std::size_t> number_beside(std::string_view label, std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string name;
        std::size_t number = 0;
        if (fields >> name && name == label && fields >> number) return number;
    }
    return std::nullopt;
}

std::optional<std::size_t> bytes_beside(std::string_view label, std::string_view text) {
    const std::optional<std::size_t> kibibytes = number_beside(label, text);
    return kibibytes ? std::optional(*kibibytes * 1024) : std::nullopt;
}

// The length of a USER_HZ tick; nothing if the system does not report it.
std::optional<nanoseconds> tick_length() {
    const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
    if (ticks_per_second <= 0) return std::nullopt;
    return nanoseconds(std::chrono::seconds(1)) / ticks_per_second;
}

// The part of a process's `stat` after its name. The name stands in parentheses and may itself contain parentheses.
std::string after_name(std::string_view stat) {
    return std::string(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
}

// Of the part after the name. Field 14 of proc_pid_stat(5) is the process's own user time, the others follow.
constexpr int fields_before_own_time = 11;

// A user time and the system time after it.
std::optional<TimeSpent> parse_ticks(std::string_view stat, int fields_before, nanoseconds tick) {
    std::istringstream fields(after_name(stat));
    std::string skipped;
    for (int i = 0; i < fields_before; ++i) fields >> skipped;
    long user = 0, system = 0;
    if (!(fields >> user >> system)) return std::nullopt;
    return TimeSpent{user * tick, system * tick};
}

template <class Parse>
TimeSpent add_up(std::span<const pid_t> processes, Parse parse) {
    TimeSpent sum;
    const nanoseconds tick = tick_length().value_or(nanoseconds(0));
    for (const pid_t pid : processes)
        if (const auto spent = parse(cli::content_if_readable(fmt::format("/proc/{}/stat", pid)), tick))
            sum = sum + *spent;
    return sum;
}

std::size_t count_entries(std::span<const pid_t> processes, const char* folder) {
    std::size_t sum = 0;
    for (const pid_t pid : processes) {
        std::error_code gone;
        const fs::directory_iterator entries(fmt::format("/proc/{}/{}", pid, folder), gone);
        sum += static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }
    return sum;
}

}  // namespace

std::optional<InterruptTime> parse_interrupt_time(std::string_view stat, int core, nanoseconds tick) {
    std::istringstream lines{std::string(stat)};
    const std::string wanted = fmt::format("cpu{}", core);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string name;
        long user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
        if (fields >> name && name == wanted && fields >> user >> nice >> system >> idle >> iowait >> irq >> softirq)
            return InterruptTime{irq * tick, softirq * tick};
    }
    return std::nullopt;
}

std::optional<InterruptTime> interrupt_time(int core) {
    const std::optional<nanoseconds> tick = tick_length();
    return tick ? parse_interrupt_time(cli::content_if_readable("/proc/stat"), core, *tick) : std::nullopt;
}

std::optional<std::uint64_t> parse_count_of_starts(std::string_view stat) {
    std::istringstream lines{std::string(stat)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string name;
        std::uint64_t count = 0;
        if (fields >> name && name == "processes" && fields >> count) return count;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> count_of_starts() { return parse_count_of_starts(cli::content_if_readable("/proc/stat")); }

bool interrupts_are_apart() {
    std::ifstream symbols("/proc/kallsyms");
    for (std::string line; std::getline(symbols, line);)
        if (line.ends_with(" irqtime_account_irq")) return true;
    return false;
}

std::optional<TimeSpent> parse_time_spent(std::string_view stat, nanoseconds tick) {
    return parse_ticks(stat, fields_before_own_time, tick);
}

std::optional<TimeSpent> parse_time_of_ended_children(std::string_view stat, nanoseconds tick) {
    return parse_ticks(stat, fields_before_own_time + 2, tick);
}

TimeSpent time_spent(std::span<const pid_t> processes) { return add_up(processes, parse_time_spent); }

TimeSpent time_of_ended_children(std::span<const pid_t> processes) {
    return add_up(processes, parse_time_of_ended_children);
}

bool parse_ignores_children(std::string_view status) {
    std::istringstream lines{std::string(status)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string name;
        std::uint64_t mask = 0;
        if (fields >> name && name == "SigIgn:" && fields >> std::hex >> mask) return (mask >> (SIGCHLD - 1) & 1) != 0;
    }
    return false;
}

std::optional<pid_t> find_ignoring_children(std::span<const pid_t> processes) {
    const auto found = std::ranges::find_if(processes, [](pid_t pid) {
        return parse_ignores_children(cli::content_if_readable(fmt::format("/proc/{}/status", pid)));
    });
    return found == processes.end() ? std::nullopt : std::optional(*found);
}

std::optional<ContextSwitches> parse_context_switches(std::string_view status) {
    const auto voluntary = number_beside("voluntary_ctxt_switches:", status);
    const auto involuntary = number_beside("nonvoluntary_ctxt_switches:", status);
    return voluntary && involuntary ? std::optional(ContextSwitches{*voluntary, *involuntary}) : std::nullopt;
}

std::optional<ContextSwitches> context_switches_of(pid_t thread) {
    return parse_context_switches(cli::content_if_readable(fmt::format("/proc/{}/status", thread)));
}

std::optional<pid_t> process_of_thread(pid_t thread) {
    const auto process = number_beside("Tgid:", cli::content_if_readable(fmt::format("/proc/{}/status", thread)));
    return process ? std::optional(static_cast<pid_t>(*process)) : std::nullopt;
}

ThreadSwitches context_switches(std::span<const pid_t> processes) {
    ThreadSwitches switches;
    for (const pid_t thread : threads_of(processes))
        if (const auto of_thread = context_switches_of(thread)) switches.emplace(thread, *of_thread);
    return switches;
}

ContextSwitches switches_between(const ThreadSwitches& begin, const ThreadSwitches& end) {
    ContextSwitches sum;
    for (const auto& [thread, after] : end) {
        const auto before = begin.find(thread);
        const ContextSwitches had = before != begin.end() ? before->second : ContextSwitches{};
        sum.voluntary += after.voluntary - had.voluntary;
        sum.involuntary += after.involuntary - had.involuntary;
    }
    return sum;
}

std::size_t resident_bytes(std::span<const pid_t> processes) {
    std::size_t sum = 0;
    for (const pid_t pid : processes) {
        const std::string path = fmt::format("/proc/{}/smaps_rollup", pid);
        const std::optional<std::size_t> resident = parse_resident(cli::content_if_readable(path));
        if (!resident) throw std::runtime_error(path + " has no resident size (Rss)");
        sum += *resident;
    }
    return sum;
}

std::optional<std::size_t> parse_resident(std::string_view smaps_rollup) { return bytes_beside("Rss:", smaps_rollup); }

std::vector<pid_t> threads_of(std::span<const pid_t> processes) {
    std::vector<pid_t> threads;
    for (const pid_t pid : processes) {
        std::error_code gone;
        for (fs::directory_iterator task(fmt::format("/proc/{}/task", pid), gone), end; !gone && task != end;
             task.increment(gone))
            if (const auto thread = number_of(task->path().filename())) threads.push_back(*thread);
    }
    return threads;
}

bool threads_sleep(std::span<const pid_t> processes) {
    const std::vector<pid_t> threads = threads_of(processes);
    const auto is_awake = [](pid_t thread) {
        const std::string state = after_name(cli::content_if_readable(fmt::format("/proc/{}/stat", thread)));
        // An empty state: the thread has just ended.
        return !state.empty() && !state.starts_with(" S");
    };
    return !threads.empty() && std::ranges::none_of(threads, is_awake);
}

std::size_t count_threads(std::span<const pid_t> processes) { return count_entries(processes, "task"); }

std::optional<std::size_t> kernel_stack_bytes() {
    return parse_kernel_stack(cli::content_if_readable("/proc/meminfo"), cli::content_if_readable("/proc/loadavg"));
}

std::optional<std::size_t> parse_kernel_stack(std::string_view meminfo, std::string_view loadavg) {
    constexpr double page = 4096;
    const std::optional<std::size_t> all = bytes_beside("KernelStack:", meminfo);
    double one_minute = 0, five = 0, fifteen = 0, running = 0, threads = 0;
    char slash = 0;
    std::istringstream fields{std::string(loadavg)};
    if (!all || !(fields >> one_minute >> five >> fifteen >> running >> slash >> threads) || threads < 1)
        return std::nullopt;
    return static_cast<std::size_t>(std::round(static_cast<double>(*all) / threads / page) * page);
}

std::size_t open_descriptors(std::span<const pid_t> processes) { return count_entries(processes, "fd"); }

}  // namespace iomux::compare
