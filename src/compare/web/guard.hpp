#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "compare/web/message.hpp"

namespace iomux::compare::web {

/// 128 random bits in hexadecimal.
std::string make_token();

/// Whether they are the same, in a time that does not tell where they differ.
bool are_equal(std::string_view a, std::string_view b);

/// Who may ask. A page of elsewhere can send requests to this machine: its name in Host (a name that it has made point
/// here) or in Origin gives it away. Only who knows the token may start and stop processes.
class Guard {
public:
    /// `hosts` as they stand in a link: `127.0.0.1:8090`. Port 80 may be left out, there and in a request.
    Guard(const std::set<std::string>& hosts, std::string token);

    /// Why the request is refused, if it is.
    std::optional<Response> refusal(const Request& request) const;
    std::optional<Response> refusal_without_token(const Request& request) const;

private:
    std::set<std::string> hosts_;
    std::string token_;
};

/// Headers that keep a browser from doing with the answer what it is not meant for.
void harden(Response& response);

}  // namespace iomux::compare::web
