#include "compare/statistics/sessions.hpp"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <utility>

namespace iomux::compare {
namespace {

constexpr double trimmed_share = 0.2;

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values, double mean) {
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

// How likely a logarithm this far from 0 is if the true one is 0 (two-sided).
double p_of(const LogRatio& ratio) {
    if (ratio.error == 0) return ratio.value == 0 ? 1.0 : 0.0;
    const boost::math::students_t distribution(ratio.degrees);
    return 2 * boost::math::cdf(complement(distribution, std::abs(ratio.value) / ratio.error));
}

}  // namespace

std::optional<double> trimmed_mean(std::vector<double> values, double share) {
    if (values.empty()) return std::nullopt;
    const auto trimmed = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    std::ranges::sort(values);
    return mean_of(std::span(values).subspan(trimmed, values.size() - 2 * trimmed));
}

std::optional<double> session_estimate(std::span<const std::optional<double>> costs,
                                       std::span<const std::optional<double>> base) {
    std::vector<double> logarithms;
    for (const double ratio : paired_ratios(costs, base))
        if (ratio > 0) logarithms.push_back(std::log(ratio));
    return trimmed_mean(std::move(logarithms), trimmed_share);
}

std::optional<double> geometric_mean_of_slices(std::span<const std::optional<double>> costs) {
    std::vector<double> logarithms;
    for (const std::optional<double>& cost : costs)
        if (cost && *cost > 0) logarithms.push_back(std::log(*cost));
    const std::optional<double> mean = trimmed_mean(std::move(logarithms), trimmed_share);
    return mean ? std::optional(std::exp(*mean)) : std::nullopt;
}

LogRatio log_ratio_from_sessions(std::span<const double> estimates) {
    const double mean = mean_of(estimates);
    const auto count = static_cast<double>(estimates.size());
    return {.value = mean, .error = standard_deviation(estimates, mean) / std::sqrt(count), .degrees = count - 1};
}

LogRatio difference_of(const LogRatio& one, const LogRatio& other) {
    const double variance = one.error * one.error + other.error * other.error;
    const double squares = std::pow(one.error, 4) / one.degrees + std::pow(other.error, 4) / other.degrees;
    return {.value = one.value - other.value,
            .error = std::sqrt(variance),
            .degrees = squares > 0 ? variance * variance / squares : one.degrees};
}

Interval interval_of(const LogRatio& ratio, double level) {
    const boost::math::students_t distribution(ratio.degrees);
    const double reach = ratio.error * boost::math::quantile(complement(distribution, (1 - level) / 2));
    return {std::exp(ratio.value - reach), std::exp(ratio.value + reach)};
}

std::optional<RatioEstimate> ratio_from_sessions(std::span<const double> estimates, double level) {
    if (estimates.size() < 2) return std::nullopt;
    const LogRatio ratio = log_ratio_from_sessions(estimates);
    return RatioEstimate{.ratio = std::exp(ratio.value),
                         .interval = interval_of(ratio, level),
                         .p = p_of(ratio),
                         .spread = std::exp(standard_deviation(estimates, ratio.value)),
                         .sessions = estimates.size()};
}

std::optional<RatioChange> change_between_runs(std::span<const double> before, std::span<const double> after,
                                               double level) {
    if (before.size() < 2 || after.size() < 2) return std::nullopt;
    const LogRatio change = difference_of(log_ratio_from_sessions(after), log_ratio_from_sessions(before));
    return RatioChange{.factor = std::exp(change.value), .interval = interval_of(change, level), .p = p_of(change)};
}

double chance_to_find(double logarithm, double error, double degrees, double level) {
    const double critical = boost::math::quantile(complement(boost::math::students_t(degrees), (1 - level) / 2));
    // Then it is found for certain, and the distribution is not computed any more.
    constexpr double certain = 5;
    if (std::abs(logarithm) >= certain * (critical + certain) * error) return 1;
    const boost::math::non_central_t distribution(degrees, std::abs(logarithm) / error);
    return boost::math::cdf(distribution, -critical) + boost::math::cdf(complement(distribution, critical));
}

}  // namespace iomux::compare
