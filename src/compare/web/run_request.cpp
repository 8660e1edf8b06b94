#include "compare/web/run_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/nearest.hpp"
#include "compare/comparison/scenarios.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

// Additional time per round or session, for each server: warm-up, and start and end of two processes.
constexpr std::uint64_t milliseconds_besides = 300;
// A session has 13 turns of each server, warm-up included, or 6 if its slices are long.
constexpr std::uint64_t many_turns_milliseconds = 13 * 20;
constexpr std::uint64_t few_turns = 6;
// Of a server that the user brings, in each session.
constexpr std::uint64_t longest_warmup_milliseconds = 5000;

constexpr std::array<std::string_view, 5> kind_names{"comparison", "scenario", "trace", "claims", "explanation"};
constexpr std::size_t most_explained = 2;
// The options of `iomux-compare explain`.
constexpr std::array<std::string_view, 6> numbers_of_explanation{"connections", "size", "depth",
                                                                 "idle",        "rate", "budget_seconds"};

constexpr std::size_t place_of(std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(bounds, name, &Bound::name) - bounds.begin());
}

constexpr const char* names_of_servers = "GET /api/servers lists their names";

// `, not 0`; empty for a long value
std::string but_not(const value& given) {
    constexpr std::size_t longest_shown = 40;
    const std::string text = cli::json_text(given);
    return text.size() > longest_shown ? "" : ", not " + text;
}

std::string no_server_named(std::string_view name, const std::vector<ServerSpec>& known) {
    constexpr std::size_t longest_shown = 60;
    if (name.size() > longest_shown) return "a name in \"servers\" is not that of a server";
    std::vector<std::string> titles;
    for (const ServerSpec& server : known) titles.push_back(server.title());
    return fmt::format("no server named \"{}\"{}", name,
                       cli::did_you_mean(name, std::vector<std::string_view>(titles.begin(), titles.end())));
}

object parse_object(std::string_view json) try {
    const value parsed = cli::parse_json(json);
    return cli::JsonReader(parsed).object();
} catch (const std::runtime_error& error) {
    throw BadRequest(fmt::format("the body must be a JSON object: {}", error.what()),
                     R"(for example {"servers": ["epoll", "select"]})");
}

RunKind kind_of(const object& asked) {
    const value* const given = asked.if_contains("kind");
    if (given == nullptr) return RunKind::comparison;
    const auto named =
        given->is_string() ? std::ranges::find(kind_names, std::string_view(given->get_string())) : kind_names.end();
    if (named == kind_names.end())
        throw BadRequest(fmt::format("\"kind\" must be one of {}{}", fmt::join(kind_names, ", "), but_not(*given)),
                         "correct it, or leave it out for a comparison");
    return static_cast<RunKind>(named - kind_names.begin());
}

bool has_servers(RunKind kind) { return kind != RunKind::claims; }

bool has_number(RunKind kind, std::string_view name) {
    const std::size_t place = place_of(name);
    switch (kind) {
        case RunKind::comparison: return place < bounds.size();
        case RunKind::scenario: return place < bounds.size() && bounds[place].about == About::sessions;
        case RunKind::trace: return name == "size";
        case RunKind::claims: return false;
        case RunKind::explanation:
            return std::ranges::find(numbers_of_explanation, name) != numbers_of_explanation.end();
    }
    return false;
}

bool can_be_quick(RunKind kind) { return kind == RunKind::claims || kind == RunKind::scenario; }

// What a request that continues a run may have. The run says the rest.
constexpr std::array<std::string_view, 5> members_to_continue{"kind", "continues", "sessions", "precision_percent",
                                                              "budget_seconds"};
constexpr auto ends_of_sessions = std::span(members_to_continue).subspan(2);

bool has_member(RunKind kind, std::string_view name) {
    return name == "kind" || (name == "servers" && has_servers(kind)) || (name == "quick" && can_be_quick(kind)) ||
           (name == "scenario" && kind == RunKind::scenario) || has_number(kind, name);
}

const ServerSpec& find_server(const value& named, const std::vector<ServerSpec>& known) {
    if (!named.is_string())
        throw BadRequest(fmt::format("each server must be a string{}", but_not(named)), names_of_servers);
    const std::string_view name = named.get_string();
    const auto found = std::ranges::find(known, name, &ServerSpec::title);
    if (found == known.end()) throw BadRequest(no_server_named(name, known), names_of_servers);
    if (found->unavailable)
        throw BadRequest(fmt::format("{} is not available here: {}", found->title(), *found->unavailable),
                         "leave it out");
    return *found;
}

std::vector<std::string> servers_of(const object& asked, const std::vector<ServerSpec>& known) {
    const value* const named = asked.if_contains("servers");
    if (named == nullptr || !named->is_array() || named->get_array().empty())
        throw BadRequest("\"servers\" must be a list of at least one server", names_of_servers);
    if (named->get_array().size() > most_servers)
        throw BadRequest(fmt::format("\"servers\" must not have more than {} servers, but has {}", most_servers,
                                     named->get_array().size()),
                         "leave some out");
    std::vector<std::string> servers;
    for (const value& one : named->get_array()) {
        servers.push_back(find_server(one, known).title());
        if (std::ranges::count(servers, servers.back()) > 1)
            throw BadRequest(fmt::format("server \"{}\" is named twice", servers.back()), "name each server once");
    }
    return servers;
}

std::optional<std::uint64_t> number_in(const object& asked, const Bound& bound) {
    const value* const given = asked.if_contains(bound.name);
    if (given == nullptr || given->is_null()) return std::nullopt;
    boost::system::error_code error;
    const auto number = given->to_number<std::uint64_t>(error);
    if (error || number < bound.lowest || number > bound.highest)
        throw BadRequest(fmt::format("\"{}\" must be a whole number from {} to {}{}", bound.name, grouped(bound.lowest),
                                     grouped(bound.highest), but_not(*given)),
                         bound.usual && bound.about != About::windows
                             ? fmt::format("correct it, or leave it out for the default ({})", *bound.usual)
                             : "correct it, or leave it out");
    return number;
}

using Numbers = std::array<std::optional<std::uint64_t>, bounds.size()>;

// The first number about this that the request has; null if it has none.
const Bound* first_about(About about, const Numbers& numbers) {
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (numbers[i] && bounds[i].about == about) return &bounds[i];
    return nullptr;
}

Numbers numbers_of(const object& asked, RunKind kind) {
    Numbers numbers;
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (has_number(kind, bounds[i].name)) numbers[i] = number_in(asked, bounds[i]);
    const Bound* const sessions = first_about(About::sessions, numbers);
    const Bound* const windows = first_about(About::windows, numbers);
    if (sessions != nullptr && windows != nullptr)
        throw BadRequest(
            fmt::format("\"{}\" cannot be combined with \"{}\", which asks for windows instead of sessions",
                        sessions->name, windows->name),
            "leave one of them out");
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (!numbers[i] && has_number(kind, bounds[i].name) &&
            (bounds[i].about != About::windows || windows != nullptr))
            numbers[i] = bounds[i].usual;
    return numbers;
}

bool quick_of(const object& asked) {
    const value* const given = asked.if_contains("quick");
    if (given == nullptr) return true;
    if (!given->is_bool())
        throw BadRequest(fmt::format("\"quick\" must be true or false{}", but_not(*given)),
                         "correct it, or leave it out for the default (true)");
    return given->get_bool();
}

// Of those that are measured in sessions.
std::string scenario_of(const object& asked) {
    std::vector<std::string_view> names;
    for (const Scenario& scenario : scenarios())
        if (scenario.takes_rounds && !scenario.in_windows) names.push_back(scenario.name);
    const value* const given = asked.if_contains("scenario");
    if (given != nullptr && given->is_string() && std::ranges::find(names, given->get_string()) != names.end())
        return std::string(given->get_string());
    throw BadRequest(fmt::format("\"scenario\" must be one of {}{}", fmt::join(names, ", "),
                                 given == nullptr ? "" : but_not(*given)),
                     "correct it");
}

void check_members(const object& asked, RunKind kind) {
    for (const auto& member : asked)
        if (!has_member(kind, member.key()))
            throw BadRequest(
                fmt::format("a request of kind {} has no member \"{}\"", name_of(kind), std::string_view(member.key())),
                "/api/openapi.json lists its members");
}

void check_length(std::uint64_t milliseconds, const char* what_to_do) {
    if (milliseconds > longest_run_seconds * 1000)
        throw BadRequest(
            fmt::format("the run would take {} minutes; at most 60 are allowed", milliseconds / 60'000 + 1),
            what_to_do);
}

std::uint64_t brought_in(const RunRequest& request, const std::vector<ServerSpec>& known) {
    return static_cast<std::uint64_t>(std::ranges::count_if(known, [&](const ServerSpec& server) {
        return server.origin == Origin::brought &&
               std::ranges::find(request.servers, server.title()) != request.servers.end();
    }));
}

void check_length(const RunRequest& request, const std::vector<ServerSpec>& known) {
    const auto number = [&](std::string_view name) { return request.numbers[place_of(name)]; };
    if (const auto rounds = number("rounds"))
        check_length(*rounds * (number("milliseconds").value_or(0) + milliseconds_besides) * request.servers.size(),
                     "choose fewer servers, or fewer or shorter rounds");
    if (request.kind == RunKind::scenario) {
        const std::uint64_t points = find_scenario(request.scenario)->points(request.quick).size();
        check_length(points * number("budget_seconds").value_or(0) * 1000, "choose a smaller \"budget_seconds\"");
        if (const auto sessions = number("sessions"))
            check_length(points * *sessions * request.servers.size() * (many_turns_milliseconds + milliseconds_besides),
                         "choose fewer servers or sessions");
        return;
    }
    // Otherwise the run has a budget.
    if (const auto sessions = number("sessions"); sessions && !number("precision_percent") && !number("budget_seconds"))
        check_length(
            *sessions * (request.servers.size() *
                             (std::max(many_turns_milliseconds, few_turns * number("slice_milliseconds").value_or(0)) +
                              milliseconds_besides) +
                         brought_in(request, known) * longest_warmup_milliseconds),
            "choose fewer servers or sessions, or shorter slices, or set \"budget_seconds\"");
}

}  // namespace

object bounds_json() {
    object all;
    for (const Bound& bound : bounds)
        all[bound.name] = object{{"lowest", bound.lowest},
                                 {"highest", bound.highest},
                                 {"usual", bound.usual ? value(*bound.usual) : value(nullptr)}};
    return all;
}

std::string_view name_of(RunKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

object as_asked(const object& request) {
    if (!request.contains("continues")) return request;
    object asked;
    for (const std::string_view member : members_to_continue)
        if (const value* const given = request.if_contains(member)) asked[member] = *given;
    return asked;
}

object RunRequest::json() const {
    object request{{"kind", name_of(kind)}};
    if (has_servers(kind)) request["servers"] = boost::json::value_from(servers);
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (has_number(kind, bounds[i].name))
            request[bounds[i].name] = numbers[i] ? value(*numbers[i]) : value(nullptr);
    if (can_be_quick(kind)) request["quick"] = quick;
    if (kind == RunKind::scenario) request["scenario"] = scenario;
    if (!continues.empty()) request["continues"] = continues;
    return request;
}

namespace {

RunRequest request_from(const object& asked, const std::vector<ServerSpec>& known) {
    RunRequest request{.kind = kind_of(asked)};
    check_members(asked, request.kind);
    if (has_servers(request.kind)) request.servers = servers_of(asked, known);
    if (request.kind == RunKind::explanation && request.servers.size() > most_explained)
        throw BadRequest(fmt::format("an explanation has one server or two, not {}", request.servers.size()),
                         "name the baseline and one other server");
    request.numbers = numbers_of(asked, request.kind);
    request.quick = quick_of(asked);
    if (request.kind == RunKind::scenario) request.scenario = scenario_of(asked);
    check_length(request, known);
    return request;
}

void add_numbers(std::vector<std::string>& arguments, const RunRequest& request,
                 const std::function<bool(const Bound&)>& is_wanted) {
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (request.numbers[i] && is_wanted(bounds[i]))
            arguments.push_back(fmt::format("{}{}{}", bounds[i].option, *request.numbers[i], bounds[i].unit));
}

std::vector<std::string> arguments_to_continue(const RunRequest& request, const std::filesystem::path& results) {
    std::vector<std::string> arguments{"--events=-", "--continue=" + results.string()};
    add_numbers(arguments, request, [](const Bound& bound) {
        return std::ranges::find(ends_of_sessions, bound.name) != ends_of_sessions.end();
    });
    return arguments;
}

std::string continued_id(const object& asked) {
    for (const auto& member : asked)
        if (std::ranges::find(members_to_continue, std::string_view(member.key())) == members_to_continue.end())
            throw BadRequest(fmt::format("\"{}\" cannot be combined with \"continues\": the run that is continued says "
                                         "what is measured and how",
                                         std::string_view(member.key())),
                             "leave it out, or leave out \"continues\" to begin a new run");
    const value& id = asked.at("continues");
    if (!id.is_string())
        throw BadRequest(fmt::format("\"continues\" must be the ID of a run{}", but_not(id)),
                         "GET /api/results lists the runs with results");
    if (std::ranges::none_of(ends_of_sessions, [&](std::string_view name) {
            const value* const given = asked.if_contains(name);
            return given != nullptr && !given->is_null();
        }))
        throw BadRequest(
            fmt::format("\"continues\" needs one of {}, or nothing would end it", fmt::join(ends_of_sessions, ", ")),
            R"(for example {"continues": "20261125T142015Z-5f0c9a1e", "precision_percent": 2})");
    return std::string(id.get_string());
}

RunRequest continuing_request(const object& asked, const std::vector<ServerSpec>& known, const RequestOf& request_of) {
    const std::string id = continued_id(asked);
    if (kind_of(asked) != RunKind::comparison)
        throw BadRequest("only a run of kind comparison can be continued", "leave out \"kind\"");
    object whole = request_of(id);
    whole.erase("continues");
    for (const std::string_view name : ends_of_sessions) {
        whole.erase(name);
        if (const value* const given = asked.if_contains(name)) whole[name] = *given;
    }
    RunRequest request = request_from(whole, known);
    if (brought_in(request, known) > 0)
        throw BadRequest(
            "a run with servers that are given with --server cannot be continued: their commands are not "
            "in its results",
            "start a new run", 409);
    request.continues = id;
    return request;
}

}  // namespace

RunRequest parse_run_request(std::string_view json, const std::vector<ServerSpec>& known, const RequestOf& request_of) {
    const object asked = parse_object(json);
    return request_of && asked.contains("continues") ? continuing_request(asked, known, request_of)
                                                     : request_from(asked, known);
}

std::vector<std::string> arguments_for(const RunRequest& request, const std::vector<ServerSpec>& known,
                                       const std::filesystem::path& continued) {
    if (!request.continues.empty()) return arguments_to_continue(request, continued);
    std::vector<std::string> arguments;
    const bool is_explanation = request.kind == RunKind::explanation;
    if (request.kind == RunKind::scenario)
        arguments = {"run", request.scenario};
    else if (is_explanation)
        arguments.emplace_back("explain");
    else if (request.kind != RunKind::comparison)
        arguments.emplace_back(name_of(request.kind));
    arguments.emplace_back("--events=-");
    if (is_explanation)
        arguments.insert(arguments.end(), request.servers.begin(), request.servers.end());
    else if (has_servers(request.kind))
        arguments.push_back(fmt::format("--servers={}", fmt::join(request.servers, ",")));
    std::optional<std::chrono::nanoseconds> start_timeout;
    for (const ServerSpec& server : known)
        if (server.origin == Origin::brought &&
            std::ranges::find(request.servers, server.name) != request.servers.end()) {
            arguments.push_back(fmt::format("--server={}={}", server.name, server.path));
            start_timeout = server.start_timeout;  // it is the same for all
        }
    if (start_timeout) arguments.push_back(fmt::format("--start-timeout={}ns", start_timeout->count()));
    add_numbers(arguments, request, [](const Bound&) { return true; });
    if (can_be_quick(request.kind) && request.quick) arguments.emplace_back("--quick");
    return arguments;
}

}  // namespace iomux::compare::web
