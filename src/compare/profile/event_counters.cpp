#include "compare/profile/event_counters.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "compare/meters/meters.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

constexpr std::array events_of_hardware{CountedEvent{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
                                        CountedEvent{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
                                        CountedEvent{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
                                        CountedEvent{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
                                        CountedEvent{PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES}};

posix::UniqueFd open_counter(const CountedEvent& event, pid_t thread) {
    perf_event_attr what{};
    what.size = sizeof what;
    what.type = event.type;
    what.config = event.config;
    what.inherit = 1;
    what.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    constexpr int any_core = -1;
    constexpr int no_group = -1;
    return posix::UniqueFd(
        static_cast<int>(::syscall(SYS_perf_event_open, &what, thread, any_core, no_group, PERF_FLAG_FD_CLOEXEC)));
}

// In the order of PERF_FORMAT_TOTAL_TIME_ENABLED and PERF_FORMAT_TOTAL_TIME_RUNNING.
struct Reading {
    std::uint64_t count;
    std::uint64_t enabled_ns;
    std::uint64_t running_ns;
};

std::optional<double> count_of(const posix::UniqueFd& counter) {
    Reading reading{};
    if (::read(counter.get(), &reading, sizeof reading) != sizeof reading) return std::nullopt;
    const auto count = static_cast<double>(reading.count);
    if (reading.running_ns == reading.enabled_ns) return count;
    if (reading.running_ns == 0) return std::nullopt;
    return count * static_cast<double>(reading.enabled_ns) / static_cast<double>(reading.running_ns);
}

void add_to(std::optional<double>& sum, const std::optional<double>& count) {
    sum = sum && count ? std::optional(*sum + *count) : std::nullopt;
}

std::optional<double> times(const std::optional<double>& count, double factor) {
    return count ? std::optional(*count * factor) : std::nullopt;
}

}  // namespace

EventCounters::EventCounters(const std::vector<pid_t>& processes, std::span<const CountedEvent> events)
    : events_(events.size()) {
    for (const pid_t thread : threads_of(processes))
        for (std::size_t i = 0; i < events.size(); ++i) {
            Counted& counted = events_[i];
            if (counted.failed) continue;
            posix::UniqueFd counter = open_counter(events[i], thread);
            if (counter)
                counted.threads.push_back(std::move(counter));
            else
                counted.failed = errno != ESRCH;  // the thread has ended
        }
}

std::vector<std::optional<double>> EventCounters::counts() const {
    std::vector<std::optional<double>> all;
    for (const Counted& counted : events_) {
        std::optional<double> sum;
        if (!counted.failed && !counted.threads.empty()) sum = 0;
        for (const posix::UniqueFd& thread : counted.threads) add_to(sum, count_of(thread));
        all.push_back(sum);
    }
    return all;
}

HardwareCounts HardwareCounts::within(double ns) const {
    const double factor = cpu_ns > 0 ? ns / cpu_ns : 0;
    return {.cpu_ns = ns,
            .cycles = times(cycles, factor),
            .instructions = times(instructions, factor),
            .cache_misses = times(cache_misses, factor),
            .branch_misses = times(branch_misses, factor)};
}

std::span<const CountedEvent> hardware_events() { return events_of_hardware; }

HardwareCounts hardware_counts(const EventCounters& counters) {
    const std::vector<std::optional<double>> all = counters.counts();
    return {.cpu_ns = all[0].value_or(0),
            .cycles = all[1],
            .instructions = all[2],
            .cache_misses = all[3],
            .branch_misses = all[4]};
}

std::optional<std::string> reason_against_hardware_counters() {
    constexpr pid_t this_thread = 0;
    if (open_counter({PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES}, this_thread)) return std::nullopt;
    const int number = errno;
    const bool has_none = number == ENOENT || number == EOPNOTSUPP || number == ENODEV;
    return fmt::format("{} (perf_event_open: {})",
                       has_none ? "this machine does not count its cycles, like many virtual machines"
                                : "the CPU's cycles cannot be counted",
                       posix::error_of(number).message());
}

}  // namespace iomux::compare
