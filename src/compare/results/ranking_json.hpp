#pragma once

#include <boost/json/object.hpp>

#include "cli/json_reader.hpp"
#include "compare/comparison/point_summary.hpp"

namespace iomux::compare {

/// `{"best", "not_told_apart": [], "order": []}`
boost::json::object json_of(const Ranking& ranking);

/// Reads that JSON back. Throws a kind of std::exception if it is not a ranking.
Ranking ranking_of(const cli::JsonReader& json);

}  // namespace iomux::compare
