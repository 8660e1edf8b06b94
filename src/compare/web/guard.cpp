#include "compare/web/guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "posix/error.hpp"

namespace iomux::compare::web {
namespace {

constexpr std::string_view open_the_link = "open the link that the service printed when it started";

// Allows only files of this service, and no inline scripts or styles.
constexpr const char* own_files_only =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// The address in the form of inet_ntop(3), because an IPv6 address has several. Any other text is returned unchanged.
std::string normal_ipv6(const std::string& text) {
    in6_addr address{};
    char normal[INET6_ADDRSTRLEN];
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return text;
    return ::inet_ntop(AF_INET6, &address, normal, sizeof normal) == nullptr ? text : normal;
}

// Host names are case-insensitive, and browsers omit port 80.
std::string normal(std::string_view host) {
    constexpr std::string_view usual_port = ":80";
    if (host.ends_with(usual_port)) host.remove_suffix(usual_port.size());
    std::string lower = in_lower_case(host);
    const std::size_t end = lower.find(']');
    if (!lower.starts_with('[') || end == std::string::npos) return lower;
    return "[" + normal_ipv6(lower.substr(1, end - 1)) + lower.substr(end);
}

// The token of `Bearer TOKEN`; the scheme is case-insensitive (RFC 9110, 11.1). Empty if there is none.
std::string_view token_in(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (in_lower_case(authorization.substr(0, scheme.size())) != scheme) return {};
    authorization.remove_prefix(scheme.size());
    while (authorization.starts_with(' ')) authorization.remove_prefix(1);
    return authorization;
}

}  // namespace

std::string make_token() {
    std::array<unsigned char, 16> bytes;
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        posix::throw_errno("cannot make a token: getrandom");
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

bool are_equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

Guard::Guard(const std::set<std::string>& hosts, std::string token) : token_(std::move(token)) {
    for (const std::string& host : hosts) hosts_.insert(normal(host));
}

std::optional<Response> Guard::refusal(const Request& request) const {
    const std::string host = normal(request.header("host"));
    if (host.empty()) return error_response(400, "the request has no Host header", "send one (RFC 9112, 3.2)");
    // No name of another machine is an address of this one, not even after DNS rebinding.
    if (!hosts_.contains(host) && host != normal(request.reached_at))
        return error_response(403,
                              fmt::format("the {} does not name this service",
                                          request.has_absolute_target ? "URL of the request" : "Host header"),
                              "use the address that the service printed, or start it with --allow-host NAME:PORT");
    if (request.headers.contains("origin") && request.header("origin") != "http://" + host)
        return error_response(403, "requests from pages of another origin are not allowed", open_the_link);
    return std::nullopt;
}

std::optional<Response> Guard::refusal_without_token(const Request& request) const {
    if (are_equal(token_in(request.header("authorization")), token_)) return std::nullopt;
    Response response =
        error_response(401, "starting, stopping, naming and deleting runs needs the token", open_the_link);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

void harden(Response& response) {
    const bool has_policy = std::ranges::any_of(
        response.headers, [](const auto& header) { return header.first == "Content-Security-Policy"; });
    if (!has_policy) response.headers.emplace_back("Content-Security-Policy", own_files_only);
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
    response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace iomux::compare::web
