#pragma once

#include "compare/comparison/summary.hpp"

namespace iomux::compare {

/// Adds the warnings to the ratios from sessions. If nothing is wrong with any of them, at most 1 table in 20 has a
/// warning.
void add_warnings(Summary& summary);

}  // namespace iomux::compare
