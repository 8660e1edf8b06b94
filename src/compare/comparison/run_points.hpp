#pragma once

#include <vector>

#include "compare/comparison/comparison.hpp"
#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// Measures every point, and adds the results to it.
void run_points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress);

}  // namespace iomux::compare
