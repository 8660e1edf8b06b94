#pragma once

#include <string>
#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// Reads results that were written as JSON. Their summaries are read as they were stored. If the results are older than
/// stored summaries, the summaries are computed from the rounds.
/// Throws std::runtime_error if the text is not such results, or has another version.
Results parse_results(std::string_view json);

/// Adds the summaries to results that are older than stored summaries, so that a page can print them. Any other text is
/// returned unchanged.
std::string with_summaries(std::string json);

}  // namespace iomux::compare
