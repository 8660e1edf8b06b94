#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// Time that a core spent in interrupts, in the ticks of `/proc/stat` (usually 10 ms). Precise enough for seconds, but
/// not for less.
struct InterruptTime {
    std::chrono::nanoseconds hard{0};
    std::chrono::nanoseconds soft{0};
};

/// Parses the core's line of `/proc/stat`; nothing if there is none. `tick` is the length of a tick (USER_HZ).
std::optional<InterruptTime> parse_interrupt_time(std::string_view stat, int core, std::chrono::nanoseconds tick);

/// Since boot. Nothing if the system does not report it.
std::optional<InterruptTime> interrupt_time(int core);

/// How many processes and threads the whole system has started since boot, by `/proc/stat`; nothing if it does not say.
std::optional<std::uint64_t> parse_count_of_starts(std::string_view stat);
std::optional<std::uint64_t> count_of_starts();

/// Whether the kernel accounts interrupts separately from the process that they interrupt
/// (CONFIG_IRQ_TIME_ACCOUNTING).
/// Most soft interrupts of a TCP server run within its own send(2). If they are accounted separately, they are missing
/// from the process's CPU clock and must be added. Otherwise the clock already includes them. On such a kernel, a
/// process that sent itself datagrams for 2.00 s had 1.97 s on its clock and 0.30 s of soft interrupts in /proc/stat.
/// A sum would count those twice.
/// Detected by a function that only such a kernel has. Returns false if the kernel hides its symbols.
bool interrupts_are_apart();

/// User and system time of processes, in ticks (usually 10 ms). The kernel samples at each tick, so the ratio of the
/// two is more precise than their sum.
struct TimeSpent {
    std::chrono::nanoseconds user{0};    ///< In the program's own code.
    std::chrono::nanoseconds system{0};  ///< In the kernel, on behalf of the process.

    std::chrono::nanoseconds total() const { return user + system; }
    TimeSpent operator+(const TimeSpent& other) const { return {user + other.user, system + other.system}; }
    bool operator==(const TimeSpent&) const = default;
};

/// Parses `/proc/PID/stat`, which covers all threads of the process, including ended ones. Nothing if it is
/// incomplete.
std::optional<TimeSpent> parse_time_spent(std::string_view stat, std::chrono::nanoseconds tick);

/// Since the start of each process. Ended processes are left out.
TimeSpent time_spent(std::span<const pid_t> processes);

/// The time of all children that have ended and that the process has waited for, with those of these children. It is as
/// precise as the ticks that the kernel reports it in.
std::optional<TimeSpent> parse_time_of_ended_children(std::string_view stat, std::chrono::nanoseconds tick);
TimeSpent time_of_ended_children(std::span<const pid_t> processes);

/// Whether the process ignores SIGCHLD, by `/proc/PID/status`. The kernel then reports its ended children to no process
/// (sigaction(2)), so that nothing tells their CPU time.
bool parse_ignores_children(std::string_view status);
/// The first of the processes that does.
std::optional<pid_t> find_ignoring_children(std::span<const pid_t> processes);

/// How often a thread was switched out.
struct ContextSwitches {
    std::uint64_t voluntary = 0;    ///< The thread waited for something. It is woken up as often.
    std::uint64_t involuntary = 0;  ///< The scheduler gave the core to another thread.

    std::uint64_t all() const { return voluntary + involuntary; }
};

/// Parses `/proc/PID/status`; nothing if it has no such lines.
std::optional<ContextSwitches> parse_context_switches(std::string_view status);

/// Since the thread's start; nothing if it has ended.
std::optional<ContextSwitches> context_switches_of(pid_t thread);

/// By thread ID, for all current threads, each since its start.
using ThreadSwitches = std::map<pid_t, ContextSwitches>;
ThreadSwitches context_switches(std::span<const pid_t> processes);

/// Covers the threads that exist at the end. Switches of threads that ended earlier are unknown.
ContextSwitches switches_between(const ThreadSwitches& begin, const ThreadSwitches& end);

/// Resident bytes, counted page by page. It reads smaps_rollup, because the counters in `status` lag by up to 64 pages
/// per core. Throws std::runtime_error if the system does not report them.
std::size_t resident_bytes(std::span<const pid_t> processes);

/// Parses the resident bytes in `/proc/PID/smaps_rollup`; nothing if there is no such line.
std::optional<std::size_t> parse_resident(std::string_view smaps_rollup);

/// The process that has the thread; nothing if no thread has this ID.
std::optional<pid_t> process_of_thread(pid_t thread);

/// The IDs of all threads of the processes.
std::vector<pid_t> threads_of(std::span<const pid_t> processes);

/// Whether every thread sleeps in the kernel: none runs, is runnable, or is stopped by its tracer. False if there are
/// no threads.
bool threads_sleep(std::span<const pid_t> processes);

/// The number of threads of the processes.
std::size_t count_threads(std::span<const pid_t> processes);

/// The size of the kernel stack of one thread, which counts as memory of no process. It is the total in
/// `/proc/meminfo` divided by the number of threads in `/proc/loadavg`, rounded to pages. Nothing if the system does
/// not report these.
std::optional<std::size_t> kernel_stack_bytes();
std::optional<std::size_t> parse_kernel_stack(std::string_view meminfo, std::string_view loadavg);

/// The number of open descriptors of the processes.
std::size_t open_descriptors(std::span<const pid_t> processes);

}  // namespace iomux::compare
