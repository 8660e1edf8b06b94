#pragma once

#include <vector>

#include "compare/comparison/comparison.hpp"

namespace iomux::compare {

/// Adds rounds to the rows that are still measured, until the plan is fulfilled. In each round every server is started
/// and measured once, in a random order. Throws Interrupted; the rows then have the complete rounds.
void compare_in_windows(std::vector<ServerResult>& rows, const TestSetup& setup, const Plan& plan, Progress& progress);

/// The longest time that this takes, apart from a budget that the plan may have.
std::chrono::seconds longest_time_in_windows(const std::vector<ServerResult>& rows, const TestSetup& setup,
                                             const Plan& plan);

}  // namespace iomux::compare
