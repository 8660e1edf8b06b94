#pragma once

#include "compare/comparison/comparison.hpp"

namespace iomux::compare {

/// Adds sessions to the rows that are still measured, until the plan is fulfilled, and sets the length of a slice.
/// Returns why the work cannot be measured in sessions, and then adds none; nothing if it can. Throws Interrupted; the
/// rows then have the complete sessions.
std::optional<std::string> compare_in_sessions(Comparison& comparison, const TestSetup& setup, const Plan& plan,
                                               Progress& progress);

/// About how long this takes.
std::chrono::seconds time_in_sessions(const Plan& plan);

}  // namespace iomux::compare
