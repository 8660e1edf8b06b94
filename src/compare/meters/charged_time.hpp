#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "compare/meters/meters.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {

/// The CPU time that processes have used until one moment, including those that have ended.
struct ChargedTime {
    posix::Clock::time_point at;                       ///< The moment.
    std::vector<pid_t> processes;                      ///< Those that run or wait to be reaped, soon after the moment.
    std::map<pid_t, std::chrono::nanoseconds> clocks;  ///< Of those that had not been reaped at the moment.
    TimeSpent ticks_of_running;                        ///< The same time, in ticks.
    TimeSpent of_ended;  ///< Of those that had been reaped, as the processes that waited for them report, in ticks.

    TimeSpent ticks() const { return ticks_of_running + of_ended; }
};

/// Reads the time of the processes that `list` returns in ascending order, with those that wait to be reaped. When a
/// process is reaped, its time moves from its own clock to the process that has waited for it. If that happens between
/// two readings, they are repeated, so that no time is counted twice or lost.
///
/// The clocks of the processes in `expected` are read first, because the server continues to use CPU time while its
/// processes are listed. `guard` also waits for processes, but its own time does not count; 0: there is none.
ChargedTime charged_time(const std::vector<pid_t>& expected, const std::function<std::vector<pid_t>()>& list,
                         pid_t guard = 0);

/// The CPU time that was used from `begin` to `end`. The time of processes that have been reaped in between is known in
/// ticks only; it counts as zero if these are fewer than what the processes had used before.
std::chrono::nanoseconds time_between(const ChargedTime& begin, const ChargedTime& end);

}  // namespace iomux::compare
