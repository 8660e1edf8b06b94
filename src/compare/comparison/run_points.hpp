#pragma once

#include <vector>

#include "compare/comparison/comparison.hpp"
#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

enum class PointOrder {
    one_by_one,
    in_turns,  ///< A session of each point, then another of each: all points have an early estimate.
};

/// Runs every point, and summarises it. A point that has rows must be measured in sessions; it is continued. If it is
/// interrupted, it throws Interrupted, and the experiment has what was complete.
void run_points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress,
                PointOrder order = PointOrder::one_by_one);

}  // namespace iomux::compare
