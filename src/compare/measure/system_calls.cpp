#include "compare/measure/system_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "compare/meters/strace.hpp"
#include "posix/cpu_time.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

using Source = SystemCalls::Source;

constexpr std::array<std::string_view, 8> waiting_calls{"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
                                                        "ppoll",      "select",      "pselect6",     "io_uring_enter"};

// Counts have little noise, so they do not need the longer rounds that other figures need. But in a short window it
// matters when the counters are read: if the servers keep all cores busy, this process may have to wait for one.
TestSetup for_counting(TestSetup setup) {
    setup.holds_window = true;
    setup.work.warmup = std::min<nanoseconds>(setup.work.warmup, 50ms);
    setup.work.duration = std::min<nanoseconds>(setup.work.duration, 100ms);
    return setup;
}

SystemCalls count_by(const Tracepoints& tracepoints, const ServerSpec& spec, const TestSetup& setup) {
    const ServerProcess server(spec, setup.work, setup.cores.server);
    const std::vector<pid_t> processes = server.processes();
    const CallCounters counters(tracepoints, processes);
    CallCounts begin, end;
    // The load stands still, and as many messages are on their way as at the other end of the window. They are served
    // before the counters are read.
    const auto read_settled = [&] {
        static_cast<void>(posix::settled_cpu_time(processes));
        return counters.read();
    };
    const Round round = run_round(server, setup, {[&] { begin = read_settled(); }, [&] { end = read_settled(); }});
    return calls_per_message(end - begin, round.messages, Source::tracepoints);
}

SystemCalls count_by(const Strace& strace, const ServerSpec& spec, const TestSetup& setup) {
    const auto now = [] { return floor<microseconds>(system_clock::now()); };
    const ServerProcess server(spec, setup.work, setup.cores.server, strace.runner());
    Strace::Time begin, end;
    const Round round = run_round(server, setup, {[&] { begin = now(); }, [&] { end = now(); }});
    return calls_per_message(strace.count(begin, end), round.messages, Source::strace);
}

}  // namespace

std::string_view name_of(Source source) {
    switch (source) {
        case Source::tracepoints: return "tracepoints";
        case Source::strace: return "strace";
    }
    return "";
}

std::optional<double> SystemCalls::waits_per_message() const {
    double waits = 0;
    for (const auto& [name, count] : per_message)
        if (std::ranges::find(waiting_calls, name) != waiting_calls.end()) waits += count;
    return waits > 0 ? std::optional(waits) : std::nullopt;
}

std::string text_of(const SystemCalls& calls) {
    constexpr double rarest = 0.01;
    std::string text;
    for (const auto& [name, count] : calls.per_message)
        if (count >= rarest) text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", name, count);
    if (const std::optional<double> waits = calls.waits_per_message())
        text += fmt::format("; {:.2f} messages per wait", 1 / *waits);
    return calls.source == SystemCalls::Source::strace ? text + " (counted with strace, which perturbs the result)"
                                                       : text;
}

SystemCalls calls_per_message(const CallCounts& window, double messages, Source source) {
    SystemCalls calls{.source = source, .all_per_message = static_cast<double>(window.all) / messages};
    std::uint64_t other = window.all;
    for (const auto& [name, count] : window.by_name) {
        if (count > 0) calls.per_message.emplace_back(name, static_cast<double>(count) / messages);
        other -= std::min(other, count);
    }
    if (other > 0) calls.per_message.emplace_back("other", static_cast<double>(other) / messages);
    std::ranges::stable_sort(calls.per_message, std::greater(), &std::pair<std::string, double>::second);
    return calls;
}

SystemCallMeter::SystemCallMeter() {
    try {
        tracepoints_.emplace();
    } catch (const std::system_error& error) {
        no_tracepoints_ = cli::error_text(error);
    }
}

SystemCalls SystemCallMeter::count(const ServerSpec& spec, const TestSetup& setup) const {
    const TestSetup moment = for_counting(setup);
    if (tracepoints_) return count_by(*tracepoints_, spec, moment);
    try {
        return count_by(Strace(), spec, moment);
    } catch (const std::exception& error) {
        throw std::runtime_error(fmt::format("{}; {}", no_tracepoints_, cli::error_text(error)));
    }
}

}  // namespace iomux::compare
