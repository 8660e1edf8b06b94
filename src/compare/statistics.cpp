#include "compare/statistics.hpp"

#include <algorithm>
#include <numeric>

namespace iomux::compare {

std::optional<double> median(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

std::optional<double> paired_ratio(std::span<const std::optional<double>> values,
                                   std::span<const std::optional<double>> base) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < std::min(values.size(), base.size()); ++round)
        if (values[round] && base[round] && *base[round] > 0) ratios.push_back(*values[round] / *base[round]);
    return median(std::move(ratios));
}

}  // namespace iomux::compare
