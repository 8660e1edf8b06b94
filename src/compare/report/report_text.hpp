#pragma once

#include <string>

#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// For people: a table, and below it what its figures are and what is to be known about them. Of a scenario a table for
/// each of its figures.
std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal);

/// Of all that there is in the results, one below the other.
std::string text_report(const Results& results, const Terminal& terminal);

}  // namespace iomux::compare
