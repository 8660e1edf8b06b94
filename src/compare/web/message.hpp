#pragma once

#include <boost/json/value.hpp>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iomux::compare::web {

/// The parts of an HTTP request that the response depends on.
struct Request {
    std::string method;
    std::string target;                          ///< Including the query.
    std::map<std::string, std::string> headers;  ///< By name in lower case.
    std::string body;
    std::string reached_at = {};       ///< The address that the client has connected to: `127.0.0.1:8090`.
    bool has_absolute_target = false;  ///< The host is that of an `http://` URL in the request line.

    /// The header's value; empty if the request does not have it.
    std::string_view header(std::string_view name) const;
};

struct Response {
    unsigned status = 200;
    std::string type = "application/json";
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// If the status is 101: the run that the connection follows from now on, as a WebSocket.
    std::optional<std::string> feed = {};
    /// If it is set, it makes the response. It may take long, so another thread calls it. It does not throw.
    std::function<Response()> work = {};
};

/// Converts ASCII letters only, because names in HTTP have no others.
std::string in_lower_case(std::string_view text);

/// Whether a header with a list, such as `keep-alive, Upgrade`, contains the word, which is in lower case.
bool lists(std::string_view header, std::string_view word);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
std::string http_date(std::time_t time);

Response json_response(const boost::json::value& value, unsigned status = 200);

/// `{"error": …, "hint": …}`: what went wrong, and what to do next.
Response error_response(unsigned status, std::string_view error, std::string_view hint);

}  // namespace iomux::compare::web
