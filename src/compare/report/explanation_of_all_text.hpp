#pragma once

#include <string>

#include "compare/profile/explanation.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// How many servers differ from the baseline, as ended lines.
std::string sentences_on_all(const Explanation& explanation);

/// A row for each server: its cost, its ratio to the baseline, and the largest parts of its difference to the baseline,
/// one below the other. The parts of a server add up to its whole difference.
std::string table_of_all(const Explanation& explanation, const Terminal& terminal);

}  // namespace iomux::compare
