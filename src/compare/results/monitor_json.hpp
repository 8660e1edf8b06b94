#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "cli/json_reader.hpp"
#include "compare/mechanisms/monitor.hpp"

namespace iomux::compare {

/// `{"unit", "points": [{"descriptors", "mechanisms": [{"name", "us", "low", "high"} or {"name", "not_measured"}],
/// "ranking"}], "active": [{"descriptors", "share", "mechanisms": [{"name", "ns_per_event", "low", "high"}],
/// "ranking"}]}`. Bounds are null if there are too few rounds for an interval. A ranking is null if no mechanism was
/// measured.
boost::json::object json_of(const MonitorResult& result);

/// Whether the JSON has the rankings. Older results do not.
bool has_rankings(const cli::JsonReader& json);

/// Reads that JSON back. Throws a kind of std::exception if a member is missing or has another type.
MonitorResult monitor_of(const cli::JsonReader& json);

}  // namespace iomux::compare
