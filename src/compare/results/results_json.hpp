#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// What `format` of their JSON says.
inline constexpr std::string_view results_format = "iomux-results";
/// The version of the form that results are written in. Only that one is read.
inline constexpr int results_version = 1;

/// All of them, raw rounds included, and what was made of them; the form is told by results.schema.json.
boost::json::object json_of(const Results& results);

}  // namespace iomux::compare
