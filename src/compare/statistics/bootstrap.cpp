#include "compare/statistics/bootstrap.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace iomux::compare {
namespace {

struct MeanAndError {
    double mean;
    double error;  // the standard error
};

MeanAndError mean_and_error(std::span<const double> values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() < 2 ? 0 : std::sqrt(squares / (count - 1) / count)};
}

// How far the means of samples drawn from the values are from the mean, in standard errors of each; in ascending order.
std::vector<double> drawn_t(std::span<const double> values, double mean) {
    constexpr std::size_t draws = 2000;
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
    std::vector<double> all;
    std::vector<double> sample(values.size());
    for (std::size_t draw = 0; draw < draws; ++draw) {
        std::ranges::generate(sample, [&] { return values[any(random)]; });
        const MeanAndError drawn = mean_and_error(sample);
        if (drawn.error > 0) all.push_back((drawn.mean - mean) / drawn.error);
    }
    std::ranges::sort(all);
    return all;
}

double quantile_of(const std::vector<double>& ascending, double share) {
    const double place = share * static_cast<double>(ascending.size() - 1);
    return ascending[static_cast<std::size_t>(std::lround(place))];
}

std::optional<Interval> interval_of_mean(std::span<const double> values, const MeanAndError& known, double level) {
    if (values.size() < least_values_for_interval) return std::nullopt;
    if (known.error == 0) return Interval{known.mean, known.mean};
    const std::vector<double> t = drawn_t(values, known.mean);
    return Interval{known.mean - quantile_of(t, (1 + level) / 2) * known.error,
                    known.mean - quantile_of(t, (1 - level) / 2) * known.error};
}

double p_of_mean(const MeanAndError& known, std::size_t count) {
    if (count < 2) return 1;
    if (known.error == 0) return known.mean == 0 ? 1 : 0;
    const boost::math::students_t distribution(static_cast<double>(count - 1));
    return 2 * boost::math::cdf(complement(distribution, std::abs(known.mean) / known.error));
}

}  // namespace

std::optional<MeanEstimate> mean_by_bootstrap(std::span<const double> values, double level) {
    if (values.empty()) return std::nullopt;
    const MeanAndError known = mean_and_error(values);
    return MeanEstimate{
        .mean = known.mean, .interval = interval_of_mean(values, known, level), .p = p_of_mean(known, values.size())};
}

}  // namespace iomux::compare
