#pragma once

#include "compare/comparison/comparison.hpp"
#include "load/workload/plan.hpp"

namespace iomux::compare {

/// Adds sessions to the rows that are still measured, until the plan is fulfilled, and sets the length of a slice.
/// Returns why the work cannot be measured in sessions, and then adds none; nothing if it can. Throws Interrupted; the
/// rows then have the complete sessions.
std::optional<std::string> compare_in_sessions(Comparison& comparison, const TestSetup& setup, const Plan& plan,
                                               Progress& progress);

/// How a session is to warm up the server before its cycles. The cost of a server that is not of this project may
/// change at first. The first session finds out how long: see ServerResult::warmup. The next ones take as long, because
/// they start the server again; an attached server is still warm then.
load::WarmUpLimits warm_up_for(const ServerResult& row, const SessionLimits& limits);

/// About how long this takes.
std::chrono::seconds time_in_sessions(const Plan& plan);

}  // namespace iomux::compare
