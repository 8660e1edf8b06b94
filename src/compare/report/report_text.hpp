#pragma once

#include <string>
#include <string_view>

#include "compare/report/legend.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Above the tables of an interrupted run, or instead of them if there are none.
inline constexpr std::string_view partial_heading = "Interrupted. These are the results so far.\n";
inline constexpr std::string_view nothing_measured = "Interrupted before the first result.\n";

/// The report of a comparison for people: a table, its legend, and warnings. A scenario has one table per figure.
std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal,
                        Legend legend = Legend::brief);

/// The results in brief, and the reports of everything in them, one below the other.
std::string text_report(const Results& results, const Terminal& terminal, Legend legend = Legend::brief);

}  // namespace iomux::compare
