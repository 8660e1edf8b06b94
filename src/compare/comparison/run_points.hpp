#pragma once

#include <vector>

#include "compare/comparison/comparison.hpp"
#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// Runs every point, and summarises it. If it is interrupted, it throws Interrupted, and the experiment has what was
/// complete.
void run_points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress);

}  // namespace iomux::compare
