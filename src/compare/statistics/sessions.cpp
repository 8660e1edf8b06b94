#include "compare/statistics/sessions.hpp"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <numeric>
#include <utility>

namespace iomux::compare {
namespace {

constexpr double trimmed_share = 0.2;

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
    const double mean = mean_of(values);
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::size_t count_trimmed(std::size_t values, double share) {
    return static_cast<std::size_t>(share * static_cast<double>(values));
}

// Of at least two values.
double error_of_trimmed_mean(std::vector<double> values, std::size_t trimmed) {
    std::ranges::sort(values);
    const double lowest = values[trimmed], highest = values[values.size() - 1 - trimmed];
    for (double& value : values) value = std::clamp(value, lowest, highest);
    const auto count = static_cast<double>(values.size());
    const double kept = count - 2 * static_cast<double>(trimmed);
    return standard_deviation(values) * std::sqrt(count) / kept;
}

// Moves the errors towards each other by the part of their scatter that chance explains: of equal true errors, the
// variance of ln(error²) is trigamma(degrees ÷ 2).
std::vector<double> without_chance(std::span<const SessionEstimate> estimates) {
    std::vector<double> logarithms;
    double by_chance = 0;
    for (const SessionEstimate& estimate : estimates) {
        logarithms.push_back(2 * std::log(estimate.error));
        by_chance += boost::math::trigamma(estimate.degrees / 2) / static_cast<double>(estimates.size());
    }
    const double mean = mean_of(logarithms);
    const double variance = std::pow(standard_deviation(logarithms), 2);
    const double kept = variance > by_chance ? 1 - by_chance / variance : 0;
    std::vector<double> errors;
    for (const double logarithm : logarithms) errors.push_back(std::exp((mean + kept * (logarithm - mean)) / 2));
    return errors;
}

// Their sum is 1.
std::vector<double> weights_of(std::span<const SessionEstimate> estimates) {
    if (std::ranges::any_of(estimates, [](const SessionEstimate& estimate) { return estimate.error == 0; }))
        return std::vector(estimates.size(), 1 / static_cast<double>(estimates.size()));
    const std::vector<double> errors = without_chance(estimates);
    const double typical = *median(errors);
    std::vector<double> weights;
    for (const double error : errors) weights.push_back(1 / (error * error + typical * typical / 3));
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight /= sum;
    return weights;
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
    const std::size_t trimmed = count_trimmed(values.size(), share);
    std::ranges::sort(values);
    return mean_of(std::span(values).subspan(trimmed, values.size() - 2 * trimmed));
}

std::optional<SessionEstimate> session_estimate(std::span<const std::optional<double>> costs,
                                                std::span<const std::optional<double>> base) {
    std::vector<double> logarithms;
    for (const double ratio : paired_ratios(costs, base))
        if (ratio > 0) logarithms.push_back(std::log(ratio));
    const std::optional<double> mean = trimmed_mean(logarithms, trimmed_share);
    if (!mean) return std::nullopt;
    if (logarithms.size() < 2) return SessionEstimate{.value = *mean};
    const std::size_t trimmed = count_trimmed(logarithms.size(), trimmed_share);
    const auto kept = static_cast<double>(logarithms.size() - 2 * trimmed);
    return SessionEstimate{
        .value = *mean, .error = error_of_trimmed_mean(std::move(logarithms), trimmed), .degrees = kept - 1};
}

std::optional<double> geometric_mean_of_slices(std::span<const std::optional<double>> costs) {
    std::vector<double> logarithms;
    for (const std::optional<double>& cost : costs)
        if (cost && *cost > 0) logarithms.push_back(std::log(*cost));
    const std::optional<double> mean = trimmed_mean(std::move(logarithms), trimmed_share);
    return mean ? std::optional(std::exp(*mean)) : std::nullopt;
}

std::vector<double> values_of(std::span<const SessionEstimate> estimates) {
    std::vector<double> values;
    for (const SessionEstimate& estimate : estimates) values.push_back(estimate.value);
    return values;
}

LogRatio log_ratio_from_sessions(std::span<const SessionEstimate> estimates) {
    const std::vector<double> weights = weights_of(estimates);
    double mean = 0, squared_weights = 0, variance = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        mean += weights[i] * estimates[i].value;
        squared_weights += weights[i] * weights[i];
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double difference = estimates[i].value - mean;
        variance += weights[i] * weights[i] * difference * difference / (1 - weights[i]);
    }
    return {.value = mean, .error = std::sqrt(variance), .degrees = std::max(1 / squared_weights - 1, 1.0)};
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

std::optional<RatioEstimate> ratio_from_sessions(std::span<const SessionEstimate> estimates, double level) {
    if (estimates.size() < 2) return std::nullopt;
    const LogRatio ratio = log_ratio_from_sessions(estimates);
    return RatioEstimate{.ratio = std::exp(ratio.value),
                         .interval = interval_of(ratio, level),
                         .p = p_of(ratio),
                         .spread = std::exp(standard_deviation(values_of(estimates))),
                         .sessions = estimates.size()};
}

std::optional<RatioChange> change_between_runs(std::span<const SessionEstimate> before,
                                               std::span<const SessionEstimate> after, double level) {
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
