#pragma once

#include <string>
#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// Reads results that were written as JSON, also by older versions. Their summaries are read as they were stored. If
/// the results are older than stored summaries, the summaries are computed from the rounds. Throws std::runtime_error
/// that names the first member that is missing or wrong, or the version if it cannot be read.
Results parse_results(std::string_view json);

/// Upgrades results of an older version to `results_version` and adds missing summaries, so that a page can print them.
/// Any other text is returned unchanged. Throws UnreadableVersion.
std::string upgraded_results(std::string json);

}  // namespace iomux::compare
