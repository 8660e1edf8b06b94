#include "compare/meters/charged_time.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>
#include <utility>

#include "posix/cpu_time.hpp"

namespace iomux::compare {
namespace {

TimeSpent time_of_ended(std::vector<pid_t> processes, pid_t guard) {
    if (guard > 0) processes.push_back(guard);
    return time_of_ended_children(processes);
}

// `processes` of the result: those whose clock could be read.
ChargedTime read_times(const std::vector<pid_t>& processes, pid_t guard) {
    ChargedTime time;
    for (const pid_t pid : processes) try {
            time.clocks[pid] = posix::cpu_time(std::array{pid});
            time.processes.push_back(pid);
        } catch (const std::system_error&) {
            continue;  // it has been reaped
        }
    time.at = posix::Clock::now();
    time.of_ended = time_of_ended(time.processes, guard);
    time.ticks_of_running = time_spent(time.processes);
    return time;
}

}  // namespace

ChargedTime charged_time(const std::vector<pid_t>& expected, const std::function<std::vector<pid_t>()>& list,
                         pid_t guard) {
    ChargedTime first = read_times(expected, guard);
    std::vector<pid_t> processes = list();
    // The time has changed if a process that was not expected has been reaped meanwhile.
    if (first.processes == processes && first.of_ended == time_of_ended(processes, guard)) return first;
    // A server may start and end processes all the time, so that they are never the same twice. This leaves out those
    // that have started since they were listed, and those that have ended, until no more of them end. The time of one
    // that is left out because it has ended is in `of_ended`.
    for (;;) {
        ChargedTime time = read_times(processes, guard);
        std::vector<pid_t> now = list();
        if (std::ranges::includes(now, time.processes)) {
            time.processes = std::move(now);
            return time;
        }
        processes.clear();
        std::ranges::set_intersection(time.processes, now, std::back_inserter(processes));
    }
}

std::chrono::nanoseconds time_between(const ChargedTime& begin, const ChargedTime& end) {
    std::chrono::nanoseconds running(0), of_ended = end.of_ended.total() - begin.of_ended.total();
    for (const auto& [pid, time] : end.clocks) running += time;
    for (const auto& [pid, time] : begin.clocks) (end.clocks.contains(pid) ? running : of_ended) -= time;
    return running + std::max(of_ended, std::chrono::nanoseconds(0));
}

}  // namespace iomux::compare
