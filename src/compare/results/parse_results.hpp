#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// Reads results that were written as JSON, also by older versions. Their summaries are read as they were stored. If
/// the results are older than stored summaries, the summaries are computed from the rounds. Throws std::runtime_error
/// that names the first member that is missing or wrong, or the version if it cannot be read.
Results parse_results(std::string_view json);

/// The results in `results_version` and with all summaries, so that a page can print them. `document` is the parsed
/// `json`, which is returned if nothing has to be changed. Throws like `parse_results`.
std::string upgraded_results(std::string json, boost::json::value document);

}  // namespace iomux::compare
