#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
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

/// Bytes resident, counted page by page (smaps_rollup: the counters of `status` lag by up to 64 pages a core).
/// Throws std::runtime_error where the system does not tell.
std::size_t resident_bytes(std::span<const pid_t> processes);

/// The bytes that a text of `/proc/PID/smaps_rollup` calls resident; nothing where it has no such line.
std::optional<std::size_t> parse_resident(std::string_view smaps_rollup);

/// How many threads they have.
std::size_t count_threads(std::span<const pid_t> processes);

/// Bytes of the stack that the kernel keeps for a thread, and counts as nobody's memory: what `/proc/meminfo` says all
/// have, divided by the threads that `/proc/loadavg` counts, in whole pages. Nothing where they do not tell.
std::optional<std::size_t> kernel_stack_bytes();
std::optional<std::size_t> parse_kernel_stack(std::string_view meminfo, std::string_view loadavg);

/// How many descriptors they have open.
std::size_t open_descriptors(std::span<const pid_t> processes);

}  // namespace iomux::compare
