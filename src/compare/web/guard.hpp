#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "compare/web/message.hpp"

namespace iomux::compare::web {

/// 128 random bits in hexadecimal.
std::string make_token();

/// Compares in a time that does not depend on where the texts differ.
bool are_equal(std::string_view a, std::string_view b);

/// Decides which requests are allowed. A page of another origin can send requests to this machine, but then Host (after
/// DNS rebinding) or Origin names another host. Starting and stopping processes also needs the token.
class Guard {
public:
    /// `hosts` as in a link: `127.0.0.1:8090`. The address that a client has connected to is allowed, too. Port 80 may
    /// be omitted here and in requests.
    Guard(const std::set<std::string>& hosts, std::string token);

    /// The response that refuses the request, or nothing if it is allowed.
    std::optional<Response> refusal(const Request& request) const;
    std::optional<Response> refusal_without_token(const Request& request) const;

private:
    std::set<std::string> hosts_;
    std::string token_;
};

/// Adds the security headers: content policy, no sniffing, no referrer, same origin only, no caching.
void harden(Response& response);

}  // namespace iomux::compare::web
