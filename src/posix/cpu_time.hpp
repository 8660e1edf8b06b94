#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>

namespace iomux::posix {

/// The CPU time of the calling thread, user and system (CLOCK_THREAD_CPUTIME_ID, clock_gettime(2)).
std::chrono::nanoseconds thread_cpu_time();

/// The CPU time of all threads of the processes, including ended threads (clock_getcpuclockid(3)). Throws
/// std::system_error if a process has ended.
///
/// The kernel updates the clock of a running thread only at a tick or a context switch: see `settled_cpu_time`.
std::chrono::nanoseconds cpu_time(std::span<const pid_t> processes);

/// Whether a thread of the processes runs or waits for a core (proc_pid_stat(5)). Looks at no more than 256 threads.
bool are_runnable(std::span<const pid_t> processes);

/// When a clock has settled.
struct Settling {
    std::chrono::nanoseconds quiet = std::chrono::microseconds(50);  ///< It stands still for as long.
    std::chrono::nanoseconds longest = std::chrono::milliseconds(5);
    /// If it stands still only because a thread waits for a core that another process uses.
    std::chrono::nanoseconds longest_wait = std::chrono::milliseconds(250);
};

/// The same for processes that have nothing left to do: waits 100 µs, and then until the clock stands still and no
/// thread is runnable, or the longest time has passed.
std::chrono::nanoseconds settled_cpu_time(std::span<const pid_t> processes, const Settling& settling = {});

}  // namespace iomux::posix
