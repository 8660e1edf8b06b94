#pragma once

#include <string>

#include "compare/mechanisms/monitor.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Two tables, each followed by how the costs grow and what was not measured.
std::string text_of(const MonitorResult& result, const Terminal& terminal);

}  // namespace iomux::compare
