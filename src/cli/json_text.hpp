#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace iomux::cli {

/// The value as JSON that every reader takes, without a line feed. Each byte of its texts that is not UTF-8 is escaped
/// (`\xff`, which JSON writes as `\\xff`). A number that is infinite or none becomes null.
std::string json_text(const boost::json::value& value);

/// Makes all texts and names of members well-formed (`well_formed_text`), for JSON of other programs. Returns whether
/// that has changed any.
bool make_texts_well_formed(boost::json::value& value);

/// Parses a JSON text. Throws std::runtime_error that says where it is invalid:
/// `not valid JSON: line 3, column 14: syntax error`.
boost::json::value parse_json(std::string_view text);

}  // namespace iomux::cli
