#include "compare/statistics/session_checks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare {
namespace {

double normal_tail(double deviations) { return std::erfc(deviations / std::sqrt(2.0)) / 2; }

}  // namespace

std::optional<double> gap_between_groups(std::vector<double> estimates) {
    constexpr std::size_t least_in_group = 3;
    constexpr double least_gap = 20;  // in ranges of the wider group, times the number of sessions
    if (estimates.size() < least_sessions_for_checks) return std::nullopt;
    std::ranges::sort(estimates);
    std::optional<double> widest;
    for (std::size_t i = least_in_group; i + least_in_group <= estimates.size(); ++i) {
        const double gap = estimates[i] - estimates[i - 1];
        const double range = std::max(estimates[i - 1] - estimates.front(), estimates.back() - estimates[i]);
        if (gap * static_cast<double>(estimates.size()) > least_gap * range) widest = std::max(widest.value_or(0), gap);
    }
    return widest;
}

Autocorrelation autocorrelation_of(std::span<const double> estimates) {
    const auto n = static_cast<double>(estimates.size());
    if (estimates.size() < least_sessions_for_checks) return {};
    const double mean = std::accumulate(estimates.begin(), estimates.end(), 0.0) / n;
    double squares = 0, products = 0;
    for (std::size_t i = 0; i < estimates.size(); ++i) {
        squares += std::pow(estimates[i] - mean, 2);
        if (i > 0) products += (estimates[i] - mean) * (estimates[i - 1] - mean);
    }
    if (squares == 0) return {};
    const double coefficient = products / squares;
    const double deviation = (n - 2) / (n * std::sqrt(n - 1));
    return {.coefficient = coefficient, .p = normal_tail((coefficient + 1 / n) / deviation)};
}

Trend trend_within(std::span<const std::vector<double>> sessions) {
    double rises = 0;  // minus the falls
    double variance = 0;
    std::size_t longest = 0;
    std::vector<double> slopes;
    for (const std::vector<double>& values : sessions) {
        const auto n = static_cast<double>(values.size());
        variance += n * (n - 1) * (2 * n + 5) / 18;
        longest = std::max(longest, values.size());
        for (std::size_t late = 1; late < values.size(); ++late)
            for (std::size_t early = 0; early < late; ++early) {
                const double rise = values[late] - values[early];
                rises += rise > 0 ? 1 : rise < 0 ? -1 : 0;
                slopes.push_back(rise / static_cast<double>(late - early));
            }
    }
    if (slopes.empty()) return {};
    constexpr double continuity = 1;
    const double distance = std::max(0.0, std::abs(rises) - continuity);
    return {.change = *median(slopes) * static_cast<double>(longest - 1),
            .p = 2 * normal_tail(distance / std::sqrt(variance))};
}

}  // namespace iomux::compare
