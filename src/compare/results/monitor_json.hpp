#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "compare/mechanisms/monitor.hpp"

namespace iomux::compare {

/// `{"unit", "points": [{"descriptors", "mechanisms": [{"name", "us", "low", "high"} or {"name", "not_measured"}]}],
/// "active": [{"descriptors", "share", "mechanisms": [{"name", "ns_an_event", "low", "high"}]}]}`; bounds are null
/// where the rounds were too few.
boost::json::object json_of(const MonitorResult& result);

/// Reads that back. Throws std::exception's kind where something is missing, or is of another kind.
MonitorResult monitor_of(const boost::json::object& json);

}  // namespace iomux::compare
