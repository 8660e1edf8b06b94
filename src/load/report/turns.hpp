#pragma once

#include <string>
#include <string_view>

#include "load/result/turn.hpp"
#include "load/workload/plan.hpp"

namespace iomux::load {

/// The line that asks for the processes, see Plan::asks_for_processes.
inline constexpr std::string_view connected_line = "{\"connected\": true}\n";

/// A turn as one JSON object on one line that ends with LF:
/// - `cycle`, `target`: numbers from 0; `target` is the place in the plan.
/// - `messages`; `cpu_ns`: CPU time of the target's processes for them, `null` if the plan names no processes.
/// - `cpu_between_ns`: CPU time of the processes between the target's previous turn and this one.
/// - `begin_ns`, `end_ns`: when the CPU clocks were read for `cpu_ns`, on CLOCK_MONOTONIC.
/// - `length_ns`: from the first request to the last reply; `load_cpu_ns`: CPU time of the load meanwhile.
/// - `datagrams`: only over UDP, see `datagrams_object`.
std::string turn_line(const Plan& plan, const Workload& workload, const Turn& turn);

/// All turns of a target as one JSON object on one line that ends with LF: the object of `iomux-load --json` with
/// these members:
/// - `target`, `name`: as in the plan. `seconds`: the sum of the turns' lengths.
/// - `paused`: whether its processes were stopped between its turns.
/// - `cpu_share_between`: the share of a core that the processes used between its turns while they were not stopped,
///   `null` if the plan names no processes or the target had no turn.
/// - `warmup_ms`: how long it was under load before the first cycle. `settled`: whether its cost had settled then,
///   `null` if the plan names no processes or sets the time.
std::string target_line(const Plan& plan, std::size_t target, const Workload& workload, const TargetResult& result);

}  // namespace iomux::load
