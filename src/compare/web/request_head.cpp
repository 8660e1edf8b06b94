#include "compare/web/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace iomux::compare::web {
namespace {

constexpr unsigned http_1_1 = 11;

// The authority and the path of a target.
struct Target {
    std::string host, path;
};

// A target such as `http://127.0.0.1:8090/healthz` (RFC 9112, 3.2.2); nothing if it has another form.
std::optional<Target> absolute_form_of(const Head& head) {
    constexpr std::string_view scheme = "http://";
    std::string_view target = head.target;
    if (in_lower_case(target.substr(0, scheme.size())) != scheme) return std::nullopt;
    target.remove_prefix(scheme.size());
    target = target.substr(0, target.find('#'));
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    const std::string_view path = target.substr(host.size());
    if (path.empty() && head.method == "OPTIONS") return Target{std::string(host), "*"};
    return Target{std::string(host), (path.starts_with('/') ? "" : "/") + std::string(path)};
}

// An empty field is an empty element, so that a field that must not be repeated differs from a single one.
std::string list_of(const Head& head, std::string_view name) {
    std::vector<std::string_view> values;
    for (const auto& [known, value] : head.fields)
        if (known == name) values.push_back(value);
    return fmt::format("{}", fmt::join(values, ", "));
}

auto count_of(const Head& head, std::string_view name) {
    return std::ranges::count(head.fields, name, [](const auto& field) -> std::string_view { return field.first; });
}

std::optional<HeadFault> fault_in_framing(const Head& head) {
    if (count_of(head, "transfer-encoding") == 0) return std::nullopt;
    if (head.version < http_1_1)
        return HeadFault{"HTTP/1.0 has no Transfer-Encoding", "send a Content-Length (RFC 9112, 6.1)"};
    if (count_of(head, "content-length") != 0)
        return HeadFault{"the request has both Transfer-Encoding and Content-Length",
                         "send one of them (RFC 9112, 6.3)"};
    if (in_lower_case(list_of(head, "transfer-encoding")) != "chunked")
        return HeadFault{"the Transfer-Encoding must be chunked, and nothing else",
                         "send Transfer-Encoding: chunked, or a Content-Length (RFC 9112, 6.3)"};
    return std::nullopt;
}

std::optional<HeadFault> fault_in_target(const Head& head) {
    if (head.target.starts_with('/') || head.target == "*") return std::nullopt;
    const std::optional<Target> target = absolute_form_of(head);
    if (!target || target->host.empty())
        return HeadFault{"the target must be a path or an http:// URL", "see RFC 9112, 3.2"};
    if (target->host.find('@') != std::string::npos)
        return HeadFault{"the target must not contain a user name", "omit it and the @ (RFC 9110, 4.2.4)"};
    return std::nullopt;
}

}  // namespace

bool have_folded_line(std::string_view lines) {
    return lines.find("\r\n ") != lines.npos || lines.find("\r\n\t") != lines.npos;
}

std::optional<HeadFault> fault_in(const Head& head) {
    if (head.is_folded)
        return HeadFault{"a header line begins with white space", "send each header in one line (RFC 9112, 5.2)"};
    if (const std::optional<HeadFault> fault = fault_in_framing(head)) return fault;
    if (count_of(head, "host") > 1)
        return HeadFault{"the request has several Host headers", "send one (RFC 9112, 3.2)"};
    if (head.version >= http_1_1 && count_of(head, "host") == 0)
        return HeadFault{"the request has no Host header", "send one (RFC 9112, 3.2)"};
    return fault_in_target(head);
}

Request request_of(const Head& head) {
    Request request{.method = head.method, .target = head.target};
    for (const auto& [name, value] : head.fields) request.headers.try_emplace(name, list_of(head, name));
    // HTTP/1.0 has no upgrade to another protocol (RFC 9110, 7.8).
    if (head.version < http_1_1) request.headers.erase("upgrade");
    if (std::optional<Target> target = absolute_form_of(head)) {
        request.headers["host"] = std::move(target->host);
        request.target = std::move(target->path);
        request.has_absolute_target = true;
    }
    return request;
}

bool is_persistent(const Head& head) {
    const std::string connection = list_of(head, "connection");
    if (lists(connection, "close")) return false;
    return head.version >= http_1_1 || lists(connection, "keep-alive");
}

bool expects_continue(const Head& head) {
    return head.version >= http_1_1 && lists(list_of(head, "expect"), "100-continue");
}

}  // namespace iomux::compare::web
