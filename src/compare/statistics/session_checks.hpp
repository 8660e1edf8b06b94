#pragma once

#include <optional>
#include <span>
#include <vector>

namespace iomux::compare {

// Checks of what `ratio_from_sessions` assumes. The rates of false alarms are those of estimates that are independent
// and normally distributed.

/// With fewer sessions, the checks cannot tell a pattern from chance.
inline constexpr std::size_t least_sessions_for_checks = 10;

/// The gap between two groups of at least three sessions each, if it is wider than 20 ÷ n times the range of the wider
/// group, n being the number of sessions. Nothing if there is no such gap, or if there are fewer than
/// `least_sessions_for_checks`. The rate of false alarms is below 0.15 %.
std::optional<double> gap_between_groups(std::vector<double> estimates);

/// How much each session resembles the one before it.
struct Autocorrelation {
    double coefficient = 0;  ///< At lag 1.
    double p = 1;            ///< How likely a coefficient at least as high is if the sessions are independent.
};

/// The p-value uses the mean and the variance of the coefficient under independence (Moran, Biometrika 35, 1948) and
/// the normal approximation. It is 1 if there are fewer than `least_sessions_for_checks`.
Autocorrelation autocorrelation_of(std::span<const double> estimates);

/// A change that sessions have in common, from their first cycles to their last ones.
struct Trend {
    double change = 0;  ///< From the first cycle to the last one: Sen's slope times the number of steps.
    double p = 1;       ///< How likely a trend at least as strong is by chance (two-sided).
};

/// The Mann-Kendall test within each session, added up over the sessions, with the normal approximation. Each session
/// has its values in the order of its cycles.
Trend trend_within(std::span<const std::vector<double>> sessions);

}  // namespace iomux::compare
