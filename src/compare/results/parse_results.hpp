#pragma once

#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// Reads them back, so that they can be reported again. What was made of the rounds is made again.
/// Throws std::runtime_error where the text is no results, or of another version.
Results parse_results(std::string_view json);

}  // namespace iomux::compare
