#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "compare/comparison/comparison.hpp"

namespace iomux::compare {

/// A figure of each round, in their order; nothing for one that was not measured.
template <class Figure>
std::vector<std::optional<double>> each_round(const Row& row, Figure figure) {
    std::vector<std::optional<double>> values;
    values.reserve(row.rounds.size());
    for (const std::optional<Round>& round : row.rounds)
        values.push_back(round ? std::optional<double>(std::invoke(figure, *round)) : std::nullopt);
    return values;
}

/// The figure of those rounds that have it.
template <class Figure>
std::vector<double> known_in_rounds(const Row& row, Figure figure) {
    std::vector<double> values;
    for (const std::optional<double>& value : each_round(row, figure))
        if (value) values.push_back(*value);
    return values;
}

}  // namespace iomux::compare
