#pragma once

#include <string>
#include <vector>

#include "compare/process/cores.hpp"
#include "compare/profile/explanation.hpp"
#include "compare/servers/work.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// The sentences at the top of the text: what is told apart, the largest parts, the rest, and failures.
std::vector<std::string> summary_of(const Explanation& explanation);

/// These sentences, a table of the parts, and what makes them less certain.
std::string text_of(const Explanation& explanation, const Work& work, const Cores& cores, const Terminal& terminal);

}  // namespace iomux::compare
