#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

/// A mean of independent values, and how well it is known.
struct MeanEstimate {
    double mean = 0;
    /// The confidence interval. Nothing for fewer than `least_values_for_interval`.
    std::optional<Interval> interval = {};
    double p = 1;  ///< How likely a mean this far from 0 is if the true one is 0 (two-sided t-test).
};

inline constexpr std::size_t least_values_for_interval = 4;

/// The interval is the studentized bootstrap's (bootstrap-t; Efron and Tibshirani, An Introduction to the Bootstrap,
/// 12.5), which keeps its level with few values where the percentile interval is too narrow. It is drawn with a fixed
/// seed, so the same values always give the same interval. Nothing without values.
std::optional<MeanEstimate> mean_by_bootstrap(std::span<const double> values, double level);

}  // namespace iomux::compare
