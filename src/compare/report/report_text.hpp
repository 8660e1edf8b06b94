#pragma once

#include <string>

#include "compare/report/legend.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// The report of a comparison for people: a table, its legend, and warnings. A scenario has one table per figure.
std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal,
                        Legend legend = Legend::brief);

/// The results in brief, and the reports of everything in them, one below the other.
std::string text_report(const Results& results, const Terminal& terminal, Legend legend = Legend::brief);

}  // namespace iomux::compare
