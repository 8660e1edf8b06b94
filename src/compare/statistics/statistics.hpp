#pragma once

#include <optional>
#include <span>
#include <vector>

namespace iomux::compare {

/// The middle value, or the mean of the two middle values; nothing for an empty vector.
std::optional<double> median(std::vector<double> values);

/// A confidence interval.
struct Interval {
    double low;
    double high;

    bool contains(double value) const { return low <= value && value <= high; }
    double half_width() const { return (high - low) / 2; }
};

/// The bootstrap percentile interval for the median (Efron and Tibshirani, An Introduction to the Bootstrap, 13.3). It
/// contains the medians of a share `level` (0.95) of all samples that can be drawn from the values with replacement.
/// The quantiles are computed exactly instead of by random sampling, so the same values always give the same interval.
/// Returns nothing if there are too few values: even the interval from the smallest to the largest of n values
/// contains the true median with a probability of at most 1 - 2^(1-n).
std::optional<Interval> median_interval(std::vector<double> values, double level);

/// Wilcoxon's signed-rank test, exact and two-sided. Returns the probability of differences at least this uneven if
/// each difference were equally likely to be negative. Zeros are ignored; equal differences share their ranks. Returns
/// 1 if there are no differences.
double signed_rank_p(std::span<const double> differences);

/// Adjusts the probabilities of several tests for comparison with one level (Holm, Scandinavian Journal of Statistics
/// 6, 1979). If no test has a real difference, the chance that any adjusted probability is below 0.05 is at most 5 %.
std::vector<double> adjusted_by_holm(std::span<const double> probabilities);

/// Counts the values that are far from the others: more than three standard deviations from the median. The standard
/// deviation is estimated as 1.4826 times the median distance from the median (Hampel, Journal of the American
/// Statistical Association 69, 1974).
std::size_t count_outliers(std::span<const double> values);

/// value ÷ base in the same round, for every round that has both. A disturbance in a round (another process, a change
/// of the CPU frequency) affects both and cancels. Rounds with a base of 0 are left out. Both spans have one element
/// per round, and the same length.
std::vector<double> paired_ratios(std::span<const std::optional<double>> values,
                                  std::span<const std::optional<double>> base);

}  // namespace iomux::compare
