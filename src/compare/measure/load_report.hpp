#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "compare/measure/round.hpp"
#include "load/result/histogram.hpp"

namespace iomux::compare {

/// Parses the report of the load generator (`iomux-load --json`); nothing if it is not a JSON object.
std::optional<boost::json::object> parse_load_report(std::string_view json);

/// The error in the report, or nothing.
std::optional<std::string> error_in(const boost::json::object& report);
/// Whether starved clients are the only error. The table shows their number.
bool only_starved(const boost::json::object& report);
/// Throws std::runtime_error with any other error in the report.
void throw_error_in(const boost::json::object& report);

/// Copies the figures of the report. Throws std::runtime_error if one is missing or invalid.
void take_figures(const boost::json::object& report, Round& round);

/// Adds the latencies of all messages to the histogram; none if the report has no histogram. Throws std::exception if a
/// bucket is invalid.
void record_latencies(const boost::json::object& report, load::Histogram& histogram);

/// The figures of a report within the window. Throws as `take_figures` does.
Sample sample_of(const boost::json::object& report);

}  // namespace iomux::compare
