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

// Of the mean of a logarithm, or of the difference of two means.
struct Inference {
    Interval interval;  // of the number that has this logarithm
    double p;
};

Inference infer(double logarithm, double error, double degrees, double level) {
    if (error == 0) return {.interval = {std::exp(logarithm), std::exp(logarithm)}, .p = logarithm == 0 ? 1.0 : 0.0};
    const boost::math::students_t distribution(degrees);
    const double reach = error * boost::math::quantile(complement(distribution, (1 - level) / 2));
    return {.interval = {std::exp(logarithm - reach), std::exp(logarithm + reach)},
            .p = 2 * boost::math::cdf(complement(distribution, std::abs(logarithm) / error))};
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

std::optional<RatioEstimate> ratio_from_sessions(std::span<const double> estimates, double level) {
    if (estimates.size() < 2) return std::nullopt;
    const double mean = mean_of(estimates);
    const double deviation = standard_deviation(estimates, mean);
    const auto count = static_cast<double>(estimates.size());
    const Inference inference = infer(mean, deviation / std::sqrt(count), count - 1, level);
    return RatioEstimate{.ratio = std::exp(mean),
                         .interval = inference.interval,
                         .p = inference.p,
                         .spread = std::exp(deviation),
                         .sessions = estimates.size()};
}

std::optional<RatioChange> change_between_runs(std::span<const double> before, std::span<const double> after,
                                               double level) {
    if (before.size() < 2 || after.size() < 2) return std::nullopt;
    double difference = 0, variance = 0, squares = 0;
    for (const auto& [run, sign] : {std::pair{before, -1.0}, {after, 1.0}}) {
        const auto count = static_cast<double>(run.size());
        const double mean = mean_of(run);
        const double of_mean = std::pow(standard_deviation(run, mean), 2) / count;
        difference += sign * mean;
        variance += of_mean;
        squares += of_mean * of_mean / (count - 1);
    }
    const Inference inference = infer(difference, std::sqrt(variance), variance * variance / squares, level);
    return RatioChange{.factor = std::exp(difference), .interval = inference.interval, .p = inference.p};
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
