#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/web/message.hpp"

namespace iomux::compare::web {

/// Request line and header fields, as the parser has read them. Trailers are not among the fields.
struct Head {
    unsigned version = 11;  ///< 10 or 11: of HTTP/1.0 or HTTP/1.1.
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields;  ///< In their order, by name in lower case.
    bool is_folded = false;  ///< A line begins with white space: it continues the one before it (obs-fold).
};

/// An error and what to do about it, as for error_response.
struct HeadFault {
    std::string_view error, hint;
};

/// Whether one of these header lines begins with white space. The parser replaces such line ends by spaces.
bool have_folded_line(std::string_view lines);

/// What the parser does not check (RFC 9112, 3.2, 5.2 and 6): whether a line is folded, whether the end of the body is
/// known, the number of Host fields, and the form of the target. After a fault the connection must be closed, because
/// the next request would begin at an unknown byte.
std::optional<HeadFault> fault_in(const Head& head);

/// The request without its body. Repeated fields form a list. The host of a target such as `http://host/path` takes the
/// place of the Host field, and the target becomes `/path`. The head must have no fault.
Request request_of(const Head& head);

/// Whether the connection can be used for another request after this one (RFC 9112, 9.3).
bool is_persistent(const Head& head);

/// Whether the client waits for 100 Continue before it sends the body (RFC 9110, 10.1.1).
bool expects_continue(const Head& head);

}  // namespace iomux::compare::web
