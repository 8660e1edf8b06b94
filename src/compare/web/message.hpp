#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iomux::compare::web {

/// A request of HTTP, as far as an answer depends on it.
struct Request {
    std::string method;
    std::string target;                          ///< With its query, if it has one.
    std::map<std::string, std::string> headers;  ///< By their names in lower case.
    std::string body;

    /// Empty where there is none.
    std::string_view header(std::string_view name) const;
};

struct Response {
    unsigned status = 200;
    std::string type = "application/json";
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// The run whose events the connection is to be told from now on, as a WebSocket; the status is then 101.
    std::optional<std::string> feed = {};
};

/// Of ASCII; names in HTTP have no other letters.
std::string in_lower_case(std::string_view text);

Response json_response(const boost::json::value& value, unsigned status = 200);

/// What went wrong, and what to do: `{"error": …, "hint": …}`.
Response error_response(unsigned status, std::string_view error, std::string_view hint);

}  // namespace iomux::compare::web
