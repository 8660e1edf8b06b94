#include "compare/web/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "compare/claims/claims_measurement.hpp"
#include "compare/report/report_html.hpp"
#include "compare/results/build.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"
#include "compare/web/assets.hpp"
#include "compare/web/continued_run.hpp"
#include "compare/web/run_list.hpp"
#include "compare/web/stored_results.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using cli::JsonReader;

constexpr std::string_view variable = "{id}";

// For the report, whose scripts are inline. The sandbox gives it an origin of its own, so it cannot use this service.
constexpr const char* a_page_apart =
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; frame-ancestors 'none'";

struct Call {
    const Backend& backend;
    const Request& request;
    std::string id;  // from the path; empty if the route has none
};

Response not_found() { return error_response(404, "not found", "/api/openapi.json lists all paths"); }
Response no_such_run() { return error_response(404, "run not found", "GET /api/runs lists all runs"); }

// The summary of a user's own server is its command, which is not shown to clients.
value server_json(const ServerSpec& server) {
    const bool is_brought = server.origin == Origin::brought;
    return object{{"name", server.title()},
                  {"program", server.program.empty() ? value(nullptr) : value(server.program)},
                  {"summary", is_brought ? "brought with --server" : server.summary},
                  {"brought", is_brought},
                  {"descriptor_ceiling", server.descriptor_ceiling},
                  {"unavailable", server.unavailable ? value(*server.unavailable) : value(nullptr)}};
}

Response list_servers(const Call& call) {
    array servers;
    for (const ServerSpec& server : call.backend.servers) servers.push_back(server_json(server));
    return json_response(object{
        {"servers", servers}, {"most_servers", most_servers}, {"bounds", bounds_json()}, {"commit", build::commit}});
}

Response list_json(std::string_view name, array elements, const RunPage& page) {
    return json_response(object{{name, std::move(elements)},
                                {"total", page.total},
                                {"next", page.next.empty() ? value(nullptr) : value(page.next)}});
}

Response list_runs(const Call& call) try {
    const RunPage page =
        page_of(call.backend.queue.all(), parse_list_request(call.request.target), [](const Run&) { return true; });
    array runs;
    for (const Run* run : page.runs) runs.push_back(call.backend.queue.summary(*run));
    return list_json("runs", std::move(runs), page);
} catch (const BadRequest& bad) {
    return error_response(400, bad.what(), bad.hint);
}

// Parameters such as `charset=utf-8` are ignored. Names of media types are case-insensitive (RFC 9110, 8.3.1).
bool is_json(std::string_view type) {
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    return in_lower_case(type) == "application/json";
}

// Nothing if the request has a body that may be JSON.
std::optional<Response> refusal_without_json(const Request& request) {
    if (request.header("content-length").empty() && request.header("transfer-encoding").empty())
        return error_response(411, "the request has no body with a known length",
                              "send a JSON object with Content-Length");
    if (!is_json(request.header("content-type")))
        return error_response(415, "the Content-Type must be application/json", "send Content-Type: application/json");
    return std::nullopt;
}

Response add_run(const Call& call) try {
    const Request& request = call.request;
    if (std::optional<Response> refusal = refusal_without_json(request)) return *std::move(refusal);
    const RunRequest asked = parse_run_request(request.body, call.backend.servers, [&](std::string_view id) {
        return request_to_continue(call.backend.queue, id);
    });
    const Run* const run = call.backend.queue.add(asked);
    if (run == nullptr) {
        Response response =
            error_response(429, fmt::format("the queue is full: {} runs are waiting", RunQueue::most_waiting),
                           "try again when a run has ended");
        response.headers.emplace_back("Retry-After", "10");
        return response;
    }
    Response response = json_response(call.backend.queue.json(*run), 201);
    response.headers.emplace_back("Location", "/api/runs/" + run->id);
    return response;
} catch (const BadRequest& bad) {
    return error_response(bad.status, bad.what(), bad.hint);
}

Response show_run(const Call& call) {
    const Run* const run = call.backend.queue.find(call.id);
    return run == nullptr ? no_such_run() : json_response(call.backend.queue.json(*run));
}

Response remove_run(const Call& call, const Run& run) try {
    if (!is_id(run.id)) throw UnreadableFile(run.error);
    Response response = json_response(call.backend.queue.summary(run));
    call.backend.queue.remove(call.id);
    return response;
} catch (const std::runtime_error& error) {
    return error_response(409, error.what(), "remove it by hand from the folder of --results");
}

Response stop_run(const Call& call) {
    if (const Run* const run = call.backend.queue.find(call.id); run != nullptr && run->state == RunState::unreadable)
        return remove_run(call, *run);
    switch (call.backend.queue.stop(call.id)) {
        case RunQueue::Stopped::unknown: return no_such_run();
        case RunQueue::Stopped::was_over:
            return error_response(409, "the run is already over",
                                  "GET /api/results/{id} returns its results, if there are any");
        case RunQueue::Stopped::yes: break;
    }
    return json_response(call.backend.queue.json(*call.backend.queue.find(call.id)), 202);
}

// 16 bytes in Base64.
bool is_websocket_key(std::string_view key) {
    constexpr std::size_t length = 24;
    constexpr std::string_view padding = "==";
    return key.size() == length && key.ends_with(padding) &&
           std::ranges::all_of(key.substr(0, length - padding.size()), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                      c == '/';
           });
}

Response upgrade_required(std::string_view error, std::string_view hint) {
    Response response = error_response(426, error, hint);
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    return response;
}

Response follow_run(const Call& call) {
    if (call.backend.queue.find(call.id) == nullptr) return no_such_run();
    const Request& request = call.request;
    // Only GET can be upgraded to a WebSocket (RFC 6455, 4.1).
    if (request.method != "GET" || !lists(request.header("upgrade"), "websocket") ||
        !lists(request.header("connection"), "upgrade"))
        return upgrade_required("events need a WebSocket", "open one, or use GET /api/runs/{id}");
    if (request.header("sec-websocket-version") != "13")
        return upgrade_required("the WebSocket version must be 13", "send Sec-WebSocket-Version: 13 (RFC 6455)");
    if (!is_websocket_key(request.header("sec-websocket-key")))
        return error_response(400, "the WebSocket has no valid key",
                              "send Sec-WebSocket-Key: 16 bytes in Base64 (RFC 6455)");
    if (call.backend.metrics.feeds_open >= Router::most_feeds) {
        Response response = error_response(503, fmt::format("too many WebSockets: {} are open", Router::most_feeds),
                                           "close one, or poll GET /api/runs/{id}");
        response.headers.emplace_back("Retry-After", "10");
        return response;
    }
    return {.status = 101, .feed = call.id};
}

Response list_results(const Call& call) try {
    const Store& store = call.backend.store;
    const RunPage page =
        page_of(call.backend.queue.all(), parse_list_request(call.request.target),
                [&](const Run& run) { return run.state == RunState::finished && store.has_results(run.id); });
    array results;
    for (const Run* run : page.runs)
        results.push_back(object{{"id", run->id},
                                 {"created", run->created},
                                 {"name", run->name.empty() ? value(nullptr) : value(run->name)},
                                 {"request", run->request}});
    return list_json("results", std::move(results), page);
} catch (const BadRequest& bad) {
    return error_response(400, bad.what(), bad.hint);
}

Response no_such_results() { return error_response(404, "results not found", "GET /api/results lists all results"); }

Response results_in(const Store& store, const std::string& id) {
    std::optional<std::string> results = current_results(store, id);
    if (!results) return no_such_results();
    return {.body = std::move(*results)};
}

// The response to a request for the results of the run, which `read` reads. If the list says that the run cannot be
// read, neither can its results, such as those of another kind.
template <class Read>
Response answer_from_results(const Call& call, Read read) {
    const Run* const run = call.backend.queue.find(call.id);
    const std::string fault = run != nullptr && run->state == RunState::unreadable ? run->error : "";
    return {.work = [&store = call.backend.store, id = call.id, fault, read] {
        Response response = read(store, id);
        if (!fault.empty() && response.status == 200) throw UnreadableFile(fault);
        return response;
    }};
}

Response show_results(const Call& call) { return answer_from_results(call, &results_in); }

Response report_on(const Store& store, const std::string& id) {
    const std::optional<std::string> text = current_results(store, id);
    if (!text) return no_such_results();
    const object results = cli::parse_json(*text).as_object();
    const std::string_view format = results.at("format").as_string();
    const bool is_explanation = format == "iomux-explanation";
    if (format != results_format && !is_explanation)
        return error_response(404, "report not found: only comparisons and explanations have one",
                              "GET /api/results/{id} returns the results");
    return {.type = "text/html; charset=utf-8",
            .body = is_explanation ? html_explanation(results) : html_report(results, "/#run/" + id),
            .headers = {{"Content-Security-Policy", a_page_apart}}};
}

// The same results without what they were computed from, which is most of them.
Response summary_of(const Store& store, const std::string& id) {
    const std::optional<std::string> text = current_results(store, id);
    if (!text) return no_such_results();
    object results = cli::parse_json(*text).as_object();
    if (results.at("format").as_string() != results_format)
        return error_response(404, "summary not found: only comparisons have one",
                              "GET /api/results/{id} returns the results");
    for (value& scenario : results.at("scenarios").as_array())
        for (value& point : scenario.as_object().at("points").as_array())
            for (value& server : point.as_object().at("servers").as_array())
                server.as_object().at("rounds").as_array().clear();
    return json_response(results);
}

// The record too, because a run without results could not be opened.
Response delete_results(const Call& call) {
    const Run* const run = call.backend.queue.find(call.id);
    if (run == nullptr) return no_such_results();
    if (!run->is_over()) return error_response(409, "the run is not over", "stop it first: DELETE /api/runs/{id}");
    return remove_run(call, *run);
}

Response name_results(const Call& call) try {
    if (std::optional<Response> refusal = refusal_without_json(call.request)) return *std::move(refusal);
    const Run* const run = call.backend.queue.find(call.id);
    if (run == nullptr) return no_such_results();
    if (run->state == RunState::unreadable)
        return error_response(409, fmt::format("the run cannot be read: {}", run->error),
                              "delete it, or correct its file");
    call.backend.queue.rename(call.id, parse_name(call.request.body));
    return json_response(call.backend.queue.summary(*call.backend.queue.find(call.id)));
} catch (const BadRequest& bad) {
    return error_response(400, bad.what(), bad.hint);
}

Response show_report(const Call& call) { return answer_from_results(call, &report_on); }

Response show_summary(const Call& call) { return answer_from_results(call, &summary_of); }

object claims_json(value claims, value of) { return {{"claims", std::move(claims)}, {"of", std::move(of)}}; }

// A run, which may end or be removed before its results are read.
struct TestedClaims {
    std::string id, created;
};

bool has_tested_claims(const Run& run) {
    return run.state == RunState::finished && run.request.at("kind") == value(name_of(RunKind::claims));
}

// Nothing if they cannot be read.
std::optional<value> claims_in(const Store& store, const std::string& id) try {
    const std::optional<std::string> text = current_results(store, id);
    if (!text) return std::nullopt;
    const value results = cli::parse_json(*text);
    return JsonReader(results).at("claims").value();
} catch (const std::exception&) {
    return std::nullopt;
}

// Of the newest of these runs that has any.
Response newest_claims(const Store& store, const std::vector<TestedClaims>& runs) {
    for (const TestedClaims& run : runs)
        if (std::optional<value> claims = claims_in(store, run.id))
            return json_response(claims_json(*std::move(claims), object{{"id", run.id}, {"created", run.created}}));
    return json_response(claims_json(compare::json_of(untried_claims()), nullptr));
}

Response list_claims(const Call& call) {
    std::vector<TestedClaims> runs;
    for (const Run& run : call.backend.queue.all())
        if (has_tested_claims(run)) runs.push_back({run.id, run.created});
    return {.work = [&store = call.backend.store, runs = std::move(runs)] { return newest_claims(store, runs); }};
}

Response show_metrics(const Call& call) {
    return {.type = "text/plain; version=0.0.4", .body = metrics_text(call.backend.metrics, call.backend.queue)};
}

// `OPTIONS *` is about the whole service (RFC 9110, 9.3.7).
Response show_methods() {
    return {.type = "text/plain", .headers = {{"Allow", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"}}};
}

Response show_health(const Call&) { return json_response(object{{"status", "ok"}}); }

enum class Needs { nothing, token };

struct Route {
    std::string_view method;
    std::string_view path;
    Needs needs;
    Response (*answer)(const Call& call);
};

constexpr std::array routes{
    Route{"GET", "/api/servers", Needs::nothing, list_servers},
    Route{"GET", "/api/runs", Needs::nothing, list_runs},
    Route{"POST", "/api/runs", Needs::token, add_run},
    Route{"GET", "/api/runs/{id}", Needs::nothing, show_run},
    Route{"DELETE", "/api/runs/{id}", Needs::token, stop_run},
    Route{"GET", "/api/runs/{id}/events", Needs::nothing, follow_run},
    Route{"GET", "/api/results", Needs::nothing, list_results},
    Route{"GET", "/api/results/{id}", Needs::nothing, show_results},
    Route{"PATCH", "/api/results/{id}", Needs::token, name_results},
    Route{"DELETE", "/api/results/{id}", Needs::token, delete_results},
    Route{"GET", "/api/results/{id}/report", Needs::nothing, show_report},
    Route{"GET", "/api/results/{id}/summary", Needs::nothing, show_summary},
    Route{"GET", "/api/claims", Needs::nothing, list_claims},
    Route{"GET", "/metrics", Needs::nothing, show_metrics},
    Route{"GET", "/healthz", Needs::nothing, show_health},
};

// The part of the path that matches `{id}`, empty if the pattern has no `{id}`. Nothing if the path does not match.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
    const std::size_t at = pattern.find(variable);
    if (at == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
    const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + variable.size());
    if (!path.starts_with(before)) return std::nullopt;
    path.remove_prefix(before.size());
    if (!path.ends_with(after) || path.size() == after.size()) return std::nullopt;
    path.remove_suffix(after.size());
    return path.find('/') == std::string_view::npos ? std::optional<std::string>(path) : std::nullopt;
}

const Asset* find_asset(std::string_view path) {
    const auto found = std::ranges::find(assets(), path, &Asset::path);
    return found == assets().end() ? nullptr : &*found;
}

Response show(const Asset& asset) {
    Response response{.type = std::string(asset.type)};
    for (const std::string_view piece : asset.pieces) response.body += piece;
    return response;
}

Response not_allowed(std::string_view method, const std::string& allowed) {
    Response response = error_response(405, fmt::format("method {} is not allowed here", method), "use " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
}

// Errors become responses.
Response hardened_answer(const std::function<Response()>& answer) {
    Response response;
    try {
        response = answer();
    } catch (const UnreadableVersion& error) {
        response = error_response(404, error.what(), "start the version of iomux-serve that stored them");
    } catch (const UnreadableFile& error) {
        response = error_response(404, fmt::format("the results cannot be read: {}", error.what()),
                                  "check the file in the folder of --results");
    } catch (const std::exception& error) {
        response = error_response(503, cli::error_text(error), "check the disk and the output of the service");
    }
    if (response.work) return {.work = [work = std::move(response.work)] { return hardened_answer(work); }};
    harden(response);
    return response;
}

}  // namespace

Router::Router(Guard guard, Backend backend) : guard_(std::move(guard)), backend_(backend) {}

Response Router::answer(const Request& request) const {
    return hardened_answer([&] { return unhardened_answer(request); });
}

Response Router::unhardened_answer(const Request& request) const {
    if (std::optional<Response> refusal = guard_.refusal(request)) return *std::move(refusal);
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (request.method == "OPTIONS" && path == "*") return show_methods();
    const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
    if (const Asset* const asset = find_asset(path))
        return method == "GET" ? show(*asset) : not_allowed(method, "GET, HEAD");
    std::string allowed;
    for (const Route& route : routes) {
        std::optional<std::string> id = match(route.path, path);
        if (!id) continue;
        if (route.method == method) {
            if (route.needs == Needs::token)
                if (std::optional<Response> refusal = guard_.refusal_without_token(request)) return *std::move(refusal);
            return route.answer({backend_, request, *std::move(id)});
        }
        allowed +=
            fmt::format("{}{}{}", allowed.empty() ? "" : ", ", route.method, route.method == "GET" ? ", HEAD" : "");
    }
    return allowed.empty() ? not_found() : not_allowed(method, allowed);
}

Response answer_to_unreadable(unsigned status) {
    Response response =
        status == 413   ? error_response(413, "the body is longer than 16 KiB", "send a shorter one")
        : status == 414 ? error_response(414, "the request line is longer than 8 KiB", "send a shorter URL")
        : status == 431 ? error_response(431, "the header is longer than 8 KiB", "send a shorter one")
        : status == 505 ? error_response(505, "the service does not support this HTTP version", "use version 1.1")
                        : error_response(400, "this is not a valid HTTP request", "see RFC 9112");
    harden(response);
    return response;
}

Response answer_if_busy() {
    Response response = error_response(503, "too many results are being read or sent", "try again in a moment");
    response.headers.emplace_back("Retry-After", "10");
    harden(response);
    return response;
}

Response answer_to_fault(const HeadFault& fault) {
    Response response = error_response(400, fault.error, fault.hint);
    harden(response);
    return response;
}

}  // namespace iomux::compare::web
