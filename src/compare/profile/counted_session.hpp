#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compare/measure/session.hpp"
#include "compare/profile/event_counters.hpp"

namespace iomux::compare {

/// Runs a session (see run_session) in which the CPU counts events of the servers. It is not sampled meanwhile:
/// counters of threads make each switch between threads more expensive. Returns the counts of all turns and of the
/// warm-up for each of the specs; nothing if it failed.
std::vector<std::optional<HardwareCounts>> count_in_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                                            const SessionPlan& plan);

}  // namespace iomux::compare
