#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// The points of a scenario along the horizontal axis of a chart.
struct Places {
    std::vector<double> x;  ///< Pixels.
    std::vector<std::string> labels;
    bool is_logarithmic = false;
    std::optional<double> gap = {};  ///< Where a logarithmic axis is broken, between zero and the other values.
};

/// Places between the pixels `left` and `right`: on a logarithmic axis if the scenario varies one number over a decade
/// or more, otherwise side by side. Zero, which a logarithmic axis cannot have, gets a place to the left of it.
Places places_of(const Experiment& experiment, double left, double right);

/// What the scenario varies, with its unit. Empty if that is not one number.
std::string_view varied_name(const Experiment& experiment);

/// `0.25`, `12.3`, `10,000`
std::string short_number(double value);

}  // namespace iomux::compare
