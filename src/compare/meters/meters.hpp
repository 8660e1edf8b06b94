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

/// Time that a core spent on interrupts, in `/proc/stat`'s ticks (usually 10 ms): good for seconds, not for less.
struct InterruptTime {
    std::chrono::nanoseconds hard{0};
    std::chrono::nanoseconds soft{0};
};

/// The core's line of `/proc/stat`; nothing where it has none. `tick` is the length of a tick (USER_HZ).
std::optional<InterruptTime> parse_interrupt_time(std::string_view stat, int core, std::chrono::nanoseconds tick);

/// Since the machine started. Nothing where the system does not tell.
std::optional<InterruptTime> interrupt_time(int core);

/// Whether the kernel keeps interrupts apart from the process that they interrupt (CONFIG_IRQ_TIME_ACCOUNTING).
///
/// Most of a TCP server's soft interrupts run within its own send(2). Where they are kept apart they are missing from
/// the process's CPU clock, and must be added to it. Where they are not, the clock has them already: on such a kernel,
/// a process that sent itself datagrams for 2.00 s had 1.97 s on its clock and 0.30 s of soft interrupts in
/// /proc/stat, and a sum would count those twice.
/// Told by a function that only such a kernel has; false where the kernel hides its symbols.
bool interrupts_are_apart();

/// The processes of a group, the ones that have ended and wait to be reaped left out.
std::vector<pid_t> processes_of_group(pid_t group);

/// The CPU time of all their threads, the ended ones included, by the scheduler's clock (nanoseconds). Throws
/// std::system_error where one has gone.
std::chrono::nanoseconds cpu_time(std::span<const pid_t> processes);

/// Where processes spent their time, in ticks (usually 10 ms): the kernel takes a sample at each tick, so how they
/// share the CPU time is told better than how much it is.
struct TimeSpent {
    std::chrono::nanoseconds user{0};    ///< In their own code.
    std::chrono::nanoseconds system{0};  ///< In the kernel, on their behalf.
};

/// Of a text of `/proc/PID/stat`, all threads of the process, the ended ones included; nothing where it is cut short.
std::optional<TimeSpent> parse_time_spent(std::string_view stat, std::chrono::nanoseconds tick);

/// Since the processes started. Those that have gone are left out.
TimeSpent time_spent(std::span<const pid_t> processes);

/// How often a thread left its core to another, or to nobody.
struct ContextSwitches {
    std::uint64_t voluntary = 0;    ///< To wait for something: it is woken up as often.
    std::uint64_t involuntary = 0;  ///< Because another's turn came.

    std::uint64_t all() const { return voluntary + involuntary; }
};

/// Of a text of `/proc/PID/status`; nothing where it does not tell.
std::optional<ContextSwitches> parse_context_switches(std::string_view status);

/// By the threads that there are, since each of them started.
using ThreadSwitches = std::map<pid_t, ContextSwitches>;
ThreadSwitches context_switches(std::span<const pid_t> processes);

/// Of the threads that are there at the end. What those did that ended before is not known.
ContextSwitches switches_between(const ThreadSwitches& begin, const ThreadSwitches& end);

/// Bytes resident, counted page by page (smaps_rollup: the counters of `status` lag by up to 64 pages a core).
/// Throws std::runtime_error where the system does not tell.
std::size_t resident_bytes(std::span<const pid_t> processes);

/// The bytes that a text of `/proc/PID/smaps_rollup` calls resident; nothing where it has no such line.
std::optional<std::size_t> parse_resident(std::string_view smaps_rollup);

/// All their threads.
std::vector<pid_t> threads_of(std::span<const pid_t> processes);

/// Whether all their threads sleep in the kernel: none runs, is about to, or is stopped by its tracer. False where
/// there are none.
bool threads_sleep(std::span<const pid_t> processes);

/// How many threads they have.
std::size_t count_threads(std::span<const pid_t> processes);

/// Bytes of the stack that the kernel keeps for a thread, and counts as nobody's memory: what `/proc/meminfo` says all
/// have, divided by the threads that `/proc/loadavg` counts, in whole pages. Nothing where they do not tell.
std::optional<std::size_t> kernel_stack_bytes();
std::optional<std::size_t> parse_kernel_stack(std::string_view meminfo, std::string_view loadavg);

/// How many descriptors they have open.
std::size_t open_descriptors(std::span<const pid_t> processes);

}  // namespace iomux::compare
