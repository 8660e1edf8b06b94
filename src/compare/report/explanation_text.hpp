#pragma once

#include <string>

#include "compare/process/cores.hpp"
#include "compare/profile/explanation.hpp"
#include "compare/servers/work.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Three sentences, a table of the parts, and what makes them less certain.
std::string text_of(const Explanation& explanation, const Work& work, const Cores& cores, const Terminal& terminal);

}  // namespace iomux::compare
