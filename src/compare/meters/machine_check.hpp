#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// The time of cores since boot, in ticks.
struct CoreTicks {
    std::uint64_t busy = 0;    ///< In processes and in interrupts.
    std::uint64_t stolen = 0;  ///< The hypervisor ran something else.
    std::uint64_t all = 0;
};

/// Parses `/proc/stat` and adds up these cores; nothing if one of them is missing.
std::optional<CoreTicks> parse_core_ticks(std::string_view stat, std::span<const int> cores);

/// The number of cores in `/proc/stat`.
std::size_t count_cores(std::string_view stat);

/// Parses the load average of the last minute in `/proc/loadavg`; nothing if it is malformed.
std::optional<double> parse_load_average(std::string_view loadavg);

/// What else ran on this machine while this program slept. Nothing: the system does not report it.
struct MachineCheck {
    std::vector<int> cores;                 ///< Those that the shares are of.
    std::optional<double> busy_share = {};  ///< Of the time of these cores, taken by other processes.
    std::optional<double> steal_share = {};
    std::optional<double> load_average = {};  ///< Of the last minute, over all cores.
    std::size_t all_cores = 0;
};

/// Sleeps for 200 ms and reads what these cores did meanwhile. Throws Interrupted.
MachineCheck check_machine(std::vector<int> cores);

/// Why results are less certain: clauses without an end, such as `other processes used 40 % of the measured cores`.
std::vector<std::string> doubts_about(const MachineCheck& check);

}  // namespace iomux::compare
