#pragma once

#include <span>
#include <string>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// Ended lines: for each kind of warning on ratios, what it means, and the rows that have it. Empty if none has any.
std::string ratio_warnings(std::span<const Point> points);

/// Ended lines: for each of these percentiles, the rows in which it is that of the messages of all rounds together
/// (`pooled_percentiles`). Empty if it is the median of the rounds in all rows.
std::string on_pooled_percentiles(std::span<const Point> points, std::span<const Figure> figures);

}  // namespace iomux::compare
