#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

/// The mean without the lowest and the highest `share` of the values, each rounded down to whole values; nothing if
/// there are none.
std::optional<double> trimmed_mean(std::vector<double> values, double share);

/// What a session says of ln(cost ÷ base).
struct SessionEstimate {
    double value = 0;
    double error = 0;    ///< Its standard error, from the scatter of the session's cycles alone; 0 if it is unknown.
    double degrees = 0;  ///< Degrees of freedom of the error.
};

/// The mean of ln(cost ÷ base) over the session's cycles, without the lowest and the highest 20 %. Both spans have one
/// element per cycle; a cycle without one of them is left out. Nothing if none is left.
///
/// The logarithm makes "twice" and "half" equally far from 1. Trimming, because a burst of another process doubles the
/// cost of single slices. The error is that of a trimmed mean, from the winsorized standard deviation (Tukey and
/// McLaughlin, Sankhya A 25, 1963).
std::optional<SessionEstimate> session_estimate(std::span<const std::optional<double>> costs,
                                                std::span<const std::optional<double>> base);

/// The same of costs: their geometric mean without the lowest and the highest 20 %. Nothing if no cost is known.
std::optional<double> geometric_mean_of_slices(std::span<const std::optional<double>> costs);

/// Without their errors.
std::vector<double> values_of(std::span<const SessionEstimate> estimates);

/// A ratio and how well it is known.
struct RatioEstimate {
    double ratio = 1;
    Interval interval{1, 1};  ///< The confidence interval of the ratio.
    double p = 1;             ///< How likely estimates this far from 1 are if the true ratio is 1 (two-sided t-test).
    double spread = 1;        ///< The ratio between a session one standard deviation above the mean and the mean.
    std::size_t sessions = 0;

    /// Half the interval's width, relative to the ratio.
    double half_width() const { return interval.half_width() / ratio; }
};

/// The ratio from the estimates of sessions (`session_estimate`), which are independent of each other: a session starts
/// its servers afresh. Two processes of one program can differ by 3 % (layout of memory), so the cycles of a session
/// are not independent. The interval is Student's t (Kalibera and Jones, Rigorous benchmarking in reasonable time,
/// 2013) of the weighted mean: see `log_ratio_from_sessions`. Nothing for fewer than two sessions.
std::optional<RatioEstimate> ratio_from_sessions(std::span<const SessionEstimate> estimates, double level);

/// The logarithm of a ratio, as estimated from sessions.
struct LogRatio {
    double value = 0;
    double error = 0;    ///< The standard error.
    double degrees = 1;  ///< Degrees of freedom of the standard error.
};

/// The weighted mean of the estimates of two sessions or more. On a virtual machine, one session is up to twenty times
/// as noisy as another, because other machines share its processor. A session has the weight 1 ÷ (e² + m²/3), where e
/// is its error and m the median error; m²/3, because servers differ from one start to the next as well. Errors from
/// few cycles differ by chance, too, so of the differences between them only that part counts which chance does not
/// explain (as in Smyth, Statistical Applications in Genetics and Molecular Biology 3, 2004). Measured over 50 runs:
/// intervals are 15 to 30 % narrower than those of the plain mean.
///
/// The error of the mean comes from the differences between the sessions (HC2 of MacKinnon and White, Journal of
/// Econometrics 29, 1985), not from their own errors. The degrees of freedom are those of as many sessions of equal
/// weight as give the same precision, at least 1. If an error is unknown, the weights are equal, and all this is
/// Student's t.
LogRatio log_ratio_from_sessions(std::span<const SessionEstimate> estimates);

/// One minus the other, which are independent of each other. The error and its degrees of freedom are those of Welch
/// (Biometrika 34, 1947): the two may differ in the number of their sessions and in their spread.
LogRatio difference_of(const LogRatio& one, const LogRatio& other);

/// The confidence interval of the ratio.
Interval interval_of(const LogRatio& ratio, double level);

/// How a ratio changed from one run to another.
struct RatioChange {
    double factor = 1;  ///< The ratio of the new run, divided by that of the old one.
    Interval interval{1, 1};
    double p = 1;  ///< How likely factors this far from 1 are if the true one is 1 (two-sided).
};

/// The change between two runs from ln(ratio) in each session (or round) of either: see `difference_of`. Nothing if a
/// run has fewer than two sessions.
std::optional<RatioChange> change_between_runs(std::span<const SessionEstimate> before,
                                               std::span<const SessionEstimate> after, double level);

/// How likely the two-sided t-test at this level (0.95) finds a ratio with this true logarithm, if the estimate has
/// this standard error with so many degrees of freedom.
double chance_to_find(double logarithm, double error, double degrees, double level);

}  // namespace iomux::compare
