#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// The member `format` of the JSON.
inline constexpr std::string_view results_format = "iomux-results";
/// The version of the format that is written. See upgrade.hpp for the older ones that can be read.
inline constexpr int results_version = 2;

/// The distance from 1 within which a ratio is called the same; null if it is not.
boost::json::value same_within(Verdict verdict, const std::optional<Interval>& interval);

/// The results with every round and the stored summaries, as results.schema.json describes them. Throws
/// std::out_of_range if a point has not been summarised.
boost::json::object json_of(const Results& results);

}  // namespace iomux::compare
