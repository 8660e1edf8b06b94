#include "compare/statistics/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <numeric>

namespace iomux::compare {
namespace {

// A value that can be the median of a sample, and the probability of that.
struct Outcome {
    double value;
    double probability;
};

// The probability that at least `least` of `count` draws hit the first `first` of `count` equally likely values.
double at_least(std::size_t least, std::size_t first, std::size_t count) {
    if (first == count) return 1;
    const boost::math::binomial drawn(static_cast<double>(count),
                                      static_cast<double>(first) / static_cast<double>(count));
    return boost::math::cdf(boost::math::complement(drawn, static_cast<double>(least) - 1));
}

// For an odd number of values, in ascending order. The median of a sample is at most a value if more than half of the
// sample is at most that value.
std::vector<Outcome> medians_of_odd(std::span<const double> values) {
    std::vector<Outcome> outcomes;
    const std::size_t count = values.size();
    double before = 0;
    for (std::size_t rank = 1; rank <= count; ++rank) {
        const double up_to = at_least(count / 2 + 1, rank, count);
        outcomes.push_back({values[rank - 1], up_to - before});
        before = up_to;
    }
    return outcomes;
}

// For an even number of values, the median of a sample is the mean of its two middle elements. These are the i-th and
// the j-th value if one half of the sample is at most the i-th value (and includes it) and the other half is at least
// the j-th value (and includes it).
std::vector<Outcome> medians_of_even(std::span<const double> values) {
    std::vector<Outcome> outcomes;
    const std::size_t count = values.size();
    const std::size_t half_count = count / 2;
    const auto half = static_cast<double>(half_count);
    const auto all_within = [&](std::size_t ranks) {
        return std::pow(static_cast<double>(ranks) / static_cast<double>(count), half);
    };
    const boost::math::binomial halves(static_cast<double>(count), 0.5);
    const double ways = boost::math::pdf(halves, half) * std::pow(2.0, static_cast<double>(count));
    double before = 0;
    for (std::size_t i = 1; i <= count; ++i) {
        const double up_to = at_least(half_count, i, count);
        const double lower = all_within(i) - all_within(i - 1);
        double elsewhere = 0;
        for (std::size_t j = i + 1; j <= count; ++j) {
            const double probability = ways * lower * (all_within(count - j + 1) - all_within(count - j));
            outcomes.push_back({std::midpoint(values[i - 1], values[j - 1]), probability});
            elsewhere += probability;
        }
        outcomes.push_back({values[i - 1], up_to - before - elsewhere});
        before = up_to;
    }
    std::ranges::sort(outcomes, {}, &Outcome::value);
    return outcomes;
}

// The smallest value that is at least as large as the medians of `share` of all samples.
double quantile(std::span<const Outcome> outcomes, double share) {
    constexpr double rounding = 1e-9;
    double sum = 0;
    for (const Outcome& outcome : outcomes)
        if ((sum += outcome.probability) >= share - rounding) return outcome.value;
    return outcomes.back().value;
}

// Each value's rank times two. Doubling keeps the mean rank of equal values a whole number.
std::vector<std::size_t> doubled_ranks(std::span<const double> ascending) {
    std::vector<std::size_t> ranks(ascending.size());
    for (std::size_t first = 0; first < ascending.size();) {
        std::size_t end = first;
        while (end < ascending.size() && ascending[end] == ascending[first]) ++end;
        std::fill(ranks.begin() + static_cast<std::ptrdiff_t>(first), ranks.begin() + static_cast<std::ptrdiff_t>(end),
                  first + 1 + end);
        first = end;
    }
    return ranks;
}

}  // namespace

std::optional<double> median(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

std::optional<Interval> median_interval(std::vector<double> values, double level) {
    if (1 - std::pow(2.0, 1 - static_cast<double>(values.size())) < level) return std::nullopt;
    std::ranges::sort(values);
    const std::vector<Outcome> outcomes = values.size() % 2 == 1 ? medians_of_odd(values) : medians_of_even(values);
    return Interval{quantile(outcomes, (1 - level) / 2), quantile(outcomes, (1 + level) / 2)};
}

double signed_rank_p(std::span<const double> differences) {
    std::vector<double> sizes;
    for (const double difference : differences)
        if (difference != 0) sizes.push_back(std::abs(difference));
    std::ranges::sort(sizes);
    const std::vector<std::size_t> ranks = doubled_ranks(sizes);
    const std::size_t total = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
    std::size_t of_positive = 0;
    for (const double difference : differences)
        if (difference > 0)
            of_positive += ranks[static_cast<std::size_t>(std::ranges::lower_bound(sizes, difference) - sizes.begin())];
    // The probability of each sum of positive ranks if the sign of each rank is random.
    std::vector<double> likely(total + 1);
    likely[0] = 1;
    std::size_t reached = 0;
    for (const std::size_t rank : ranks) {
        reached += rank;
        for (std::size_t sum = reached + 1; sum-- > 0;)
            likely[sum] = (likely[sum] + (sum >= rank ? likely[sum - rank] : 0)) / 2;
    }
    const std::size_t least = std::min(of_positive, total - of_positive);
    const auto end = likely.begin() + static_cast<std::ptrdiff_t>(least) + 1;
    return std::min(1.0, 2 * std::accumulate(likely.begin(), end, 0.0));
}

std::vector<double> adjusted_by_holm(std::span<const double> probabilities) {
    std::vector<std::size_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return probabilities[i]; });
    std::vector<double> adjusted(probabilities.size());
    double so_far = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
        const auto left = static_cast<double>(order.size() - place);
        so_far = std::max(so_far, std::min(1.0, left * probabilities[order[place]]));
        adjusted[order[place]] = so_far;
    }
    return adjusted;
}

std::size_t count_outliers(std::span<const double> values) {
    const std::optional<double> middle = median({values.begin(), values.end()});
    if (!middle) return 0;
    std::vector<double> distances;
    for (const double value : values) distances.push_back(std::abs(value - *middle));
    const double far = 3 * 1.4826 * *median(distances);
    return static_cast<std::size_t>(std::ranges::count_if(distances, [&](double distance) { return distance > far; }));
}

std::vector<double> paired_ratios(std::span<const std::optional<double>> values,
                                  std::span<const std::optional<double>> base) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < std::min(values.size(), base.size()); ++round)
        if (values[round] && base[round] && *base[round] > 0) ratios.push_back(*values[round] / *base[round]);
    return ratios;
}

}  // namespace iomux::compare
