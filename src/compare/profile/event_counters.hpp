#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// An event that the kernel or the CPU can count: type and config of perf_event_open(2).
struct CountedEvent {
    std::uint32_t type;
    std::uint64_t config;
};

/// Counts events in all threads of processes from its construction on, in user space and in the kernel; also in threads
/// and processes that they start later. The counts stay known after they have ended.
class EventCounters {
public:
    EventCounters(const std::vector<pid_t>& processes, std::span<const CountedEvent> events);

    /// For each event the number in all threads together; nothing if it cannot be counted. If the CPU has too few
    /// counters for all events, it counts each of them part of the time, and the number is extrapolated.
    std::vector<std::optional<double>> counts() const;

private:
    struct Counted {
        std::vector<posix::UniqueFd> threads = {};
        bool failed = false;
    };
    std::vector<Counted> events_;
};

/// Counts of a server's processes, by the CPU. Nothing: this machine does not count the event.
struct HardwareCounts {
    double cpu_ns = 0;  ///< CPU time that they stand for.
    std::optional<double> cycles = {}, instructions = {}, cache_misses = {}, branch_misses = {};

    /// The counts for another amount of CPU time, in proportion.
    HardwareCounts within(double ns) const;
};

/// The events of HardwareCounts.
std::span<const CountedEvent> hardware_events();
HardwareCounts hardware_counts(const EventCounters& counters);

/// Why the CPU's events cannot be counted here, as a clause; nothing if at least its cycles can.
std::optional<std::string> reason_against_hardware_counters();

}  // namespace iomux::compare
