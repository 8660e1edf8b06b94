#pragma once

#include <optional>
#include <span>
#include <vector>

namespace iomux::compare {

/// The middle value, or the mean of the two in the middle; nothing of nothing.
std::optional<double> median(std::vector<double> values);

/// Where what is estimated is held to lie.
struct Interval {
    double low;
    double high;

    bool contains(double value) const { return low <= value && value <= high; }
    double half_width() const { return (high - low) / 2; }
};

/// The bootstrap's percentile interval for the median (Efron and Tibshirani, An Introduction to the Bootstrap, 13.3):
/// between its quantiles lie the medians of `level` (0.95) of all samples that can be drawn from the values, with
/// replacement. They are computed, not drawn, so that the same values always have the same interval.
/// Nothing for too few values: even from the least to the greatest of n values, the median is in between in no more
/// than 1 - 2^(1-n) of all cases.
std::optional<Interval> median_interval(std::vector<double> values, double level);

/// Wilcoxon's signed-rank test, exact and of both sides: how likely differences as uneven as these are where each is as
/// likely to be negative. Zeros count for nothing; equal ones share their ranks. 1 where there are none.
double signed_rank_p(std::span<const double> differences);

/// The rank-sum test (Wilcoxon; Mann and Whitney), of both sides: how likely values as unevenly mixed as these are
/// where both come from the same. Exact, equal values sharing their ranks, for 60 values together; above by the normal
/// approximation, with its corrections for ties and continuity. 1 where one side has none.
double rank_sum_p(std::span<const double> some, std::span<const double> others);

/// The least that it can be for so many values: where no value of the one side is among the other's.
double least_rank_sum_p(std::size_t some, std::size_t others);

/// Of several tests at once, the probabilities that may be held against one level (Holm, Scandinavian Journal of
/// Statistics 6, 1979): in so many cases of a hundred any one of them falls below it by chance.
std::vector<double> adjusted_by_holm(std::span<const double> probabilities);

/// Values that are far from the others: by more than three times what half of them are from the median, as a standard
/// deviation (1.4826 times that; Hampel, Journal of the American Statistical Association 69, 1974).
std::size_t count_outliers(std::span<const double> values);

/// Over the rounds that both have: value ÷ base in the same round. What disturbs a round (another process, the
/// processor's clock) disturbs both, and cancels. A base of 0 counts for nothing.
/// The spans are as long as each other, a round an element.
std::vector<double> paired_ratios(std::span<const std::optional<double>> values,
                                  std::span<const std::optional<double>> base);

}  // namespace iomux::compare
