#pragma once

#include <optional>
#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// The scenario of that name, or the first one that can be drawn if no name is given: a line needs two points.
/// Throws std::runtime_error if there is none.
const Experiment& scenario_to_draw(const Results& results, const std::optional<std::string>& name);

/// A chart of the scenario's first figure as a self-contained SVG picture: one line for each server over what the
/// scenario varies, and the 95 % confidence interval of each median as an error bar. CPU time is drawn as a ratio to
/// the baseline. The picture has no script and no reference to another file. Equal results give equal text.
/// Throws std::runtime_error if no server was measured.
std::string svg_chart(const Results& results, const Experiment& experiment);

}  // namespace iomux::compare
