#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace iomux::compare {

/// The results (`iomux-results`, version 1) as one HTML page, which fetches nothing: charts, tables, and the servers'
/// code beside them. What it draws is in it as JSON, under the id `results`: that of the results, but shorter. Numbers
/// have five digits, what is null is left out, and a server's rounds are told by their number, `"round_count": 10`,
/// and in scenarios about latency by `"latency_at_share_us": [[10, 71.2], [100, 98]]`: one message in ten took 71.2 µs
/// or longer, one in a hundred 98.
/// Throws std::runtime_error where the results have another shape.
std::string html_report(const boost::json::object& results);

}  // namespace iomux::compare
