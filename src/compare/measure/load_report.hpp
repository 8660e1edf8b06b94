#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "compare/measure/round.hpp"

namespace iomux::compare {

/// What the load generator said (`iomux-load --json`); nothing where it is no JSON object.
std::optional<boost::json::object> parse_load_report(std::string_view json);

/// What it complains of in it, or nothing.
std::optional<std::string> error_in(const boost::json::object& report);
/// Whether all that went wrong is that the server left clients waiting: the table shows them.
bool only_starved(const boost::json::object& report);

/// Its figures. Throws std::runtime_error where one is missing, or is none.
void take_figures(const boost::json::object& report, Round& round);

/// Of what it says within the window. Throws as `take_figures` does.
Sample sample_of(const boost::json::object& report);

}  // namespace iomux::compare
