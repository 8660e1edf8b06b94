#pragma once

#include <span>
#include <string>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// Ended lines: for each kind of warning on ratios, what it means, and the rows that have it. Empty if none has any.
std::string ratio_warnings(std::span<const Point> points);

}  // namespace iomux::compare
