#include "compare/results/parse_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "compare/measure/load_report.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/monitor_json.hpp"
#include "compare/results/ranking_json.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"
#include "load/command/size_option.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// Every member is read with `at`, which names a missing one. Members that older results lack are read with
// `known_since`.

std::chrono::nanoseconds seconds_of(const value& number) {
    // Longer times, of 30 years and more, would overflow.
    constexpr double longest = 1e9;
    const double seconds = number.to_number<double>();
    if (!(seconds >= 0 && seconds <= longest)) throw std::runtime_error("a time is negative or too long");
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

std::string text_of(const value& text) { return std::string(text.as_string()); }

std::optional<std::string> optional_text(const value& text) {
    return text.is_null() ? std::nullopt : std::optional(text_of(text));
}

template <class Number>
std::optional<Number> optional_number(const value& number) {
    return number.is_null() ? std::nullopt : std::optional(number.to_number<Number>());
}

// The one of these values that `name_of` gives this name.
template <class Named>
Named named(const value& name, std::initializer_list<Named> all) {
    for (const Named one : all)
        if (name_of(one) == std::string_view(name.as_string())) return one;
    throw std::runtime_error(fmt::format("unknown value '{}'", text_of(name)));
}

// Null if the object has no such member.
const value& known_since(const object& json, std::string_view name) {
    static const value unknown = nullptr;
    const value* found = json.if_contains(name);
    return found != nullptr ? *found : unknown;
}

// Results of older versions have no rankings, and their medians were computed by rules that may have changed.
bool has_summary(const object& point) { return point.contains("rankings"); }

Work work_of(const object& json) {
    using protocol::Framing;
    using protocol::Service;
    return {.connections = json.at("connections").to_number<std::size_t>(),
            .size = load::parse_sizes(text_of(json.at("sizes"))),
            .depth = json.at("depth").to_number<std::size_t>(),
            .idle = json.at("idle").to_number<std::size_t>(),
            .rate = optional_number<double>(json.at("rate")),
            .churn = json.at("churn").as_bool(),
            .datagrams = json.at("datagrams").as_bool(),
            .unix_socket = json.at("unix_socket").as_bool(),
            .load_threads = json.at("load_threads").to_number<std::size_t>(),
            .flooders = json.at("flooders").to_number<std::size_t>(),
            .simulated_work = text_of(json.at("simulated_work")),
            .idle_memory = json.at("idle_memory").to_number<std::size_t>(),
            .warmup = seconds_of(json.at("warmup_seconds")),
            .duration = seconds_of(json.at("seconds")),
            .service = named(json.at("service"), {Service::suffix, Service::echo, Service::discard}),
            .framing = named(json.at("framing"), {Framing::chunk, Framing::line, Framing::length})};
}

Round round_of(const object& json) {
    Round round;
    round.load = json.at("load").as_object();
    take_figures(round.load, round);
    round.in_flight_ratio = optional_number<double>(json.at("in_flight_ratio"));
    round.window = seconds_of(json.at("window_seconds"));
    round.server_cpu = seconds_of(json.at("server_cpu_seconds"));
    round.process_cpu = seconds_of(json.at("process_cpu_seconds"));
    if (!json.at("user_cpu_seconds").is_null())
        round.spent = TimeSpent{seconds_of(json.at("user_cpu_seconds")), seconds_of(json.at("system_cpu_seconds"))};
    round.switches.involuntary = json.at("involuntary_switches").to_number<std::uint64_t>();
    round.switches.voluntary = json.at("context_switches").to_number<std::uint64_t>() - round.switches.involuntary;
    if (!json.at("core_irq_seconds").is_null())
        round.core_interrupts =
            InterruptTime{seconds_of(json.at("core_irq_seconds")), seconds_of(json.at("core_softirq_seconds"))};
    if (const array* slices = json.at("slices").if_array())
        for (const value& slice : *slices) round.slices.push_back(optional_number<double>(slice));
    if (const object* counters = known_since(json, "server_counters").if_object())
        round.counters = server_counters_of(*counters);
    return round;
}

IdleMemory idle_memory_of(const object& json) {
    return {.connections = json.at("connections").to_number<std::size_t>(),
            .bytes = json.at("bytes").to_number<double>(),
            .kernel_stack_bytes = optional_number<double>(json.at("kernel_stack_bytes")),
            .socket_bytes = optional_number<double>(known_since(json, "socket_bytes")),
            .socket_unknown = optional_text(known_since(json, "socket_unknown"))};
}

SystemCalls system_calls_of(const object& json) {
    using Source = SystemCalls::Source;
    SystemCalls calls{.source = named(json.at("source"), {Source::tracepoints, Source::strace}),
                      .per_message = {},
                      .all_per_message = json.at("all_per_message").to_number<double>()};
    for (const auto& [name, count] : json.at("per_message").as_object())
        calls.per_message.emplace_back(name, count.to_number<double>());
    return calls;
}

ServerSpec spec_of(const object& json) {
    ServerSpec spec{.name = text_of(json.at("name")), .path = text_of(json.at("path"))};
    spec.origin = named(json.at("origin"), {Origin::registry, Origin::brought, Origin::attached});
    spec.program = optional_text(json.at("program")).value_or("");
    spec.summary = text_of(json.at("summary"));
    spec.usual_threads = optional_number<std::size_t>(json.at("usual_threads"));
    spec.overshadowed = json.at("overshadowed").as_bool();
    spec.options = boost::json::value_to<std::vector<std::string>>(json.at("options"));
    return spec;
}

WarmUp warm_up_of(const object& json) {
    const value& settled = json.at("settled");
    return {.time = seconds_of(json.at("seconds")),
            .settled = settled.is_null() ? std::nullopt : std::optional(settled.as_bool())};
}

ServerResult row_of(const object& json) {
    ServerResult row{.spec = spec_of(json)};
    row.skipped = optional_text(json.at("skipped"));
    row.failed = optional_text(json.at("failed"));
    row.idle_unknown = optional_text(json.at("idle_connection_unknown"));
    if (const object* memory = json.at("idle_connection").if_object()) row.idle_memory = idle_memory_of(*memory);
    row.system_calls_unknown = optional_text(json.at("system_calls_unknown"));
    if (const object* calls = json.at("system_calls").if_object()) row.system_calls = system_calls_of(*calls);
    if (const object* warmup = known_since(json, "warmup").if_object()) row.warmup = warm_up_of(*warmup);
    for (const value& round : json.at("rounds").as_array())
        row.rounds.push_back(round.is_null() ? std::nullopt : std::optional(round_of(round.as_object())));
    return row;
}

std::optional<Interval> interval_of(const object& json) {
    if (json.at("low").is_null()) return std::nullopt;
    return Interval{json.at("low").to_number<double>(), json.at("high").to_number<double>()};
}

Verdict verdict_of(const value& name) {
    return named(name, {Verdict::too_few, Verdict::not_told_apart, Verdict::less, Verdict::more});
}

Figure figure_of(const value& name) {
    for (const Figure figure : all_figures)
        if (name_of(figure) == std::string_view(name.as_string())) return figure;
    throw std::runtime_error(fmt::format("unknown figure '{}'", text_of(name)));
}

std::vector<RatioWarning> warnings_of(const value& json) {
    using Kind = RatioWarning::Kind;
    std::vector<RatioWarning> warnings;
    if (const array* const list = json.if_array())
        for (const value& warning : *list)
            warnings.push_back(
                {named(warning.at("kind"), {Kind::bursts, Kind::groups, Kind::autocorrelation, Kind::trend}),
                 warning.at("value").to_number<double>()});
    return warnings;
}

Ratio ratio_of(const object& json) {
    return {.value = json.at("value").to_number<double>(),
            .interval = interval_of(json),
            .p = json.at("p").to_number<double>(),
            .verdict = verdict_of(json.at("verdict")),
            .outliers = json.at("outliers").to_number<std::size_t>(),
            .spread = optional_number<double>(json.at("spread")),
            .warnings = warnings_of(known_since(json, "warnings"))};
}

Medians medians_of(const object& json) {
    const object& latency = json.at("latency_us").as_object();
    Medians medians;
    medians.messages_per_second = json.at("messages_per_second").to_number<double>();
    medians.cpu_us_per_message = json.at("cpu_us_per_message").to_number<double>();
    if (const object* ratio = json.at("ratio").if_object()) medians.ratio = ratio_of(*ratio);
    medians.p50 = optional_number<double>(latency.at("p50"));
    medians.p99 = optional_number<double>(latency.at("p99"));
    medians.p99_9 = optional_number<double>(latency.at("p99_9"));
    medians.starved = json.at("starved").to_number<std::size_t>();
    medians.load_cpu_share = json.at("load_cpu_share").to_number<double>();
    medians.server_cpu_share = json.at("server_cpu_share").to_number<double>();
    medians.context_switches_per_message = json.at("context_switches_per_message").to_number<double>();
    medians.user_us_per_message = optional_number<double>(json.at("user_us_per_message"));
    medians.system_us_per_message = optional_number<double>(json.at("system_us_per_message"));
    medians.core_softirq_us_per_message = optional_number<double>(json.at("core_softirq_us_per_message"));
    medians.events_per_wait = optional_number<double>(json.at("events_per_wait"));
    medians.in_flight_ratio = optional_number<double>(json.at("in_flight_ratio"));
    medians.unsent_share = optional_number<double>(json.at("unsent_share"));
    return medians;
}

ServerSummary server_summary_of(const object& json) {
    ServerSummary summary;
    if (const object* medians = json.at("medians").if_object()) summary.medians = medians_of(*medians);
    if (const value& limit = json.at("limit"); !limit.is_null())
        summary.limit = named(limit, {Limit::nothing, Limit::server, Limit::generator, Limit::both});
    for (const auto& [name, ends] : json.at("intervals").as_object())
        summary.intervals[figure_of(name)] = Interval{ends.at(0).to_number<double>(), ends.at(1).to_number<double>()};
    return summary;
}

// The index of the row with that title.
std::size_t row_titled(const std::vector<ServerResult>& rows, std::string_view title) {
    const auto found = std::ranges::find(rows, title, [](const ServerResult& row) { return row.spec.title(); });
    if (found == rows.end()) throw std::runtime_error(fmt::format("unknown server '{}'", title));
    return static_cast<std::size_t>(found - rows.begin());
}

// A ranking of servers that the point has.
Ranking ranking_among(const std::vector<ServerResult>& rows, const object& json) {
    Ranking ranking = ranking_of(json);
    for (const std::vector<std::string>* titles : {&ranking.order, &ranking.not_told_apart})
        for (const std::string& title : *titles) row_titled(rows, title);
    return ranking;
}

Cost cost_of(const object& json) {
    return {.pair = named(json.at("pair"), {Cost::Pair::asio_over_raw, Cost::Pair::asio_over_epoll}),
            .server = text_of(json.at("server")),
            .over = text_of(json.at("over")),
            .value = json.at("value").to_number<double>(),
            .interval = interval_of(json),
            .verdict = verdict_of(json.at("verdict"))};
}

PointSummary summary_of(const object& json, const std::vector<ServerResult>& rows) {
    PointSummary summary;
    if (const value& baseline = json.at("baseline"); !baseline.is_null())
        summary.baseline = row_titled(rows, text_of(baseline));
    for (const value& server : json.at("servers").as_array())
        summary.servers.push_back(server_summary_of(server.as_object()));
    for (const value& ranking : json.at("rankings").as_array())
        summary.rankings[figure_of(ranking.at("figure"))] = ranking_among(rows, ranking.as_object());
    for (const value& cost : json.at("costs").as_array()) summary.costs.push_back(cost_of(cost.as_object()));
    return summary;
}

Point point_of(const object& json, std::string_view baseline, const Cores& cores) {
    Point point{.label = text_of(json.at("label")), .work = work_of(json.at("work").as_object())};
    if (const value& slice = json.at("slice_seconds"); !slice.is_null()) point.slice = seconds_of(slice);
    point.why_windows = optional_text(json.at("why_windows")).value_or("");
    for (const auto& [name, number] : json.at("at").as_object()) point.at.push_back({name, number.to_number<double>()});
    for (const value& row : json.at("servers").as_array()) point.rows.push_back(row_of(row.as_object()));
    // The rounds of the servers are compared one by one.
    for (const ServerResult& row : point.rows)
        if (is_complete(row) && row.rounds.size() != point.rows.front().rounds.size())
            throw std::runtime_error("the servers of a point differ in their number of rounds");
    point.summary = has_summary(json) ? summary_of(json, point.rows) : summarise_point(point.rows, baseline, cores);
    return point;
}

std::vector<std::string> titles_of(const Point& point) {
    std::vector<std::string> titles;
    for (const ServerResult& row : point.rows) titles.push_back(row.spec.title());
    return titles;
}

Experiment experiment_of(const object& json, std::string_view baseline) {
    Experiment experiment{.name = text_of(json.at("name")), .question = text_of(json.at("question"))};
    for (const value& figure : json.at("figures").as_array()) experiment.figures.push_back(figure_of(figure));
    experiment.cores.server = boost::json::value_to<std::vector<int>>(json.at("server_cores"));
    experiment.cores.load = boost::json::value_to<std::vector<int>>(json.at("load_cores"));
    experiment.charges_interrupts = json.at("interrupts_charged").as_bool();
    for (const value& point : json.at("points").as_array())
        experiment.points.push_back(point_of(point.as_object(), baseline, experiment.cores));
    for (const Point& point : experiment.points)
        if (titles_of(point) != titles_of(experiment.points.front()))
            throw std::runtime_error("the points of a scenario differ in their servers");
    return experiment;
}

std::optional<SessionLimits> sessions_of(const value& json) {
    if (json.is_null()) return std::nullopt;
    SessionLimits sessions{.least = json.at("least").to_number<std::size_t>(),
                           .most = json.at("most").to_number<std::size_t>(),
                           .cycles = json.at("cycles").to_number<std::size_t>()};
    if (const value& slice = json.at("slice_seconds"); !slice.is_null()) sessions.slice = seconds_of(slice);
    if (const value& warmup = known_since(json.as_object(), "warmup_seconds"); !warmup.is_null())
        sessions.warmup = seconds_of(warmup);
    return sessions;
}

Plan plan_of(const object& json) {
    Plan plan{.sessions = sessions_of(json.at("sessions")),
              .least_rounds = json.at("least_rounds").to_number<std::size_t>(),
              .most_rounds = json.at("most_rounds").to_number<std::size_t>(),
              .precision = optional_number<double>(json.at("precision"))};
    if (const value& budget = json.at("budget_seconds"); !budget.is_null()) plan.budget = seconds_of(budget);
    plan.seed = json.at("seed").to_number<std::uint32_t>();
    plan.baseline = optional_text(json.at("baseline")).value_or("");
    return plan;
}

void check_format(const object& json) {
    const value* format = json.if_contains("format");
    if (format == nullptr || !format->is_string() || format->as_string() != results_format)
        throw std::runtime_error("not results of iomux-compare: \"format\" must be \"iomux-results\"");
}

bool has_summaries(const object& results) {
    if (!results.contains("brief")) return false;
    for (const value& scenario : results.at("scenarios").as_array())
        for (const value& point : scenario.at("points").as_array())
            if (!has_summary(point.as_object())) return false;
    const value& monitor = results.at("monitor");
    return monitor.is_null() || has_rankings(monitor.as_object());
}

}  // namespace

Results parse_results(std::string_view json) try {
    boost::system::error_code error;
    value parsed = boost::json::parse(json, error);
    if (error) throw std::runtime_error("not JSON: " + error.message());
    check_format(parsed.as_object());
    upgrade(parsed.as_object());
    const object& all = parsed.as_object();
    const object& options = all.at("options").as_object();
    Results results{.created = text_of(all.at("created")),
                    .environment = all.at("environment").as_object(),
                    .plan = plan_of(options),
                    .quick = options.at("quick").as_bool(),
                    .partial = all.at("partial").as_bool()};
    for (const value& experiment : all.at("scenarios").as_array())
        results.experiments.push_back(experiment_of(experiment.as_object(), results.plan.baseline));
    if (const object* monitor = all.at("monitor").if_object()) results.monitor = monitor_of(*monitor);
    if (const array* claims = all.at("claims").if_array()) results.claims = claims_of(*claims);
    return results;
} catch (const std::system_error& error) {
    throw std::runtime_error(fmt::format("cannot read the results: {}", error.code().message()));
} catch (const std::runtime_error&) {
    throw;
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("cannot read the results: {}", error.what()));
}

std::string upgraded_results(std::string json) try {
    const value parsed = boost::json::parse(json);
    if (parsed.at("format").as_string() != results_format) return json;
    if (parsed.at("version") == results_version && has_summaries(parsed.as_object())) return json;
    return boost::json::serialize(json_of(parse_results(json)));
} catch (const UnreadableVersion&) {
    throw;
} catch (const std::exception&) {
    return json;
}

}  // namespace iomux::compare
