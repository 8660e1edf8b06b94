#include "compare/results/parse_results.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/measure/load_report.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/monitor_json.hpp"
#include "compare/results/ranking_json.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"
#include "load/command/size_option.hpp"

namespace iomux::compare {
namespace {

using cli::JsonReader;

// Members that older results lack are read with `at_or_null`.

std::chrono::nanoseconds seconds_of(const JsonReader& json) {
    // Longer times, of 30 years and more, would overflow.
    constexpr double longest = 1e9;
    const double seconds = json.number<double>();
    if (!(seconds >= 0 && seconds <= longest)) json.refuse_value("a time from 0 to 1e9 s");
    // Rounded, because the decimal number may be slightly less than the time that was written.
    return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

// What `read` returns. What it throws is an error of the value.
template <class Read>
auto read_from(const JsonReader& json, Read read) try {
    return read();
} catch (const std::exception& error) {
    json.refuse(cli::error_text(error));
}

// Results of older versions have no rankings, and their medians were computed by rules that may have changed.
bool has_summary(const JsonReader& point) { return point.contains("rankings"); }

Work work_of(const JsonReader& json) {
    using protocol::Framing;
    using protocol::Service;
    return {.connections = json.at("connections").number<std::size_t>(),
            .size = read_from(json.at("sizes"), [&] { return load::parse_sizes(json.at("sizes").text()); }),
            .depth = json.at("depth").number<std::size_t>(),
            .idle = json.at("idle").number<std::size_t>(),
            .rate = json.at("rate").optional_number<double>(),
            .churn = json.at("churn").flag(),
            .datagrams = json.at("datagrams").flag(),
            .unix_socket = json.at("unix_socket").flag(),
            .load_threads = json.at("load_threads").number<std::size_t>(),
            .flooders = json.at("flooders").number<std::size_t>(),
            .simulated_work = json.at("simulated_work").text(),
            .idle_memory = json.at("idle_memory").number<std::size_t>(),
            .warmup = seconds_of(json.at("warmup_seconds")),
            .duration = seconds_of(json.at("seconds")),
            .service = json.at("service").named({Service::suffix, Service::echo, Service::discard}),
            .framing = json.at("framing").named({Framing::chunk, Framing::line, Framing::length})};
}

Round round_of(const JsonReader& json) {
    Round round;
    round.load = json.at("load").object();
    read_from(json.at("load"), [&] { take_figures(round.load, round); });
    round.in_flight_ratio = json.at("in_flight_ratio").optional_number<double>();
    round.window = seconds_of(json.at("window_seconds"));
    round.server_cpu = seconds_of(json.at("server_cpu_seconds"));
    round.process_cpu = seconds_of(json.at("process_cpu_seconds"));
    if (!json.at("user_cpu_seconds").is_null())
        round.spent = TimeSpent{seconds_of(json.at("user_cpu_seconds")), seconds_of(json.at("system_cpu_seconds"))};
    round.switches.involuntary = json.at("involuntary_switches").number<std::uint64_t>();
    round.switches.voluntary = json.at("context_switches").number<std::uint64_t>() - round.switches.involuntary;
    if (!json.at("core_irq_seconds").is_null())
        round.core_interrupts =
            InterruptTime{seconds_of(json.at("core_irq_seconds")), seconds_of(json.at("core_softirq_seconds"))};
    if (const JsonReader slices = json.at("slices"); !slices.is_null())
        for (const JsonReader& slice : slices.elements()) round.slices.push_back(slice.optional_number<double>());
    round.counters = json.at_or_null("server_counters").unless_null([](const JsonReader& counters) {
        return read_from(counters, [&] { return server_counters_of(counters.object()); });
    });
    return round;
}

IdleMemory idle_memory_of(const JsonReader& json) {
    return {.connections = json.at("connections").number<std::size_t>(),
            .bytes = json.at("bytes").number<double>(),
            .kernel_stack_bytes = json.at("kernel_stack_bytes").optional_number<double>(),
            .socket_bytes = json.at_or_null("socket_bytes").optional_number<double>(),
            .socket_unknown = json.at_or_null("socket_unknown").optional_text()};
}

SystemCalls system_calls_of(const JsonReader& json) {
    using Source = SystemCalls::Source;
    SystemCalls calls{.source = json.at("source").named({Source::tracepoints, Source::strace}),
                      .per_message = {},
                      .all_per_message = json.at("all_per_message").number<double>()};
    json.at("per_message").for_each_member([&](std::string_view name, const JsonReader& count) {
        calls.per_message.emplace_back(name, count.number<double>());
    });
    return calls;
}

ServerSpec spec_of(const JsonReader& json) {
    ServerSpec spec{.name = cli::well_formed_line(json.at("name").text()), .path = json.at("path").text()};
    spec.origin = json.at("origin").named({Origin::registry, Origin::brought, Origin::attached});
    spec.program = json.at("program").optional_text().value_or("");
    spec.summary = json.at("summary").text();
    spec.usual_threads = json.at("usual_threads").optional_number<std::size_t>();
    spec.overshadowed = json.at("overshadowed").flag();
    spec.options = json.at("options").texts();
    return spec;
}

WarmUp warm_up_of(const JsonReader& json) {
    return {.time = seconds_of(json.at("seconds")),
            .settled = json.at("settled").unless_null(std::mem_fn(&JsonReader::flag))};
}

ServerResult row_of(const JsonReader& json) {
    ServerResult row{.spec = spec_of(json)};
    row.skipped = json.at("skipped").optional_text();
    row.failed = json.at("failed").optional_text();
    row.idle_unknown = json.at("idle_connection_unknown").optional_text();
    row.idle_memory = json.at("idle_connection").unless_null(idle_memory_of);
    row.system_calls_unknown = json.at("system_calls_unknown").optional_text();
    row.system_calls = json.at("system_calls").unless_null(system_calls_of);
    row.warmup = json.at_or_null("warmup").unless_null(warm_up_of);
    for (const JsonReader& round : json.at("rounds").elements()) row.rounds.push_back(round.unless_null(round_of));
    return row;
}

std::optional<Interval> interval_of(const JsonReader& json) {
    if (json.at("low").is_null()) return std::nullopt;
    return Interval{json.at("low").number<double>(), json.at("high").number<double>()};
}

Verdict verdict_on_cost(const JsonReader& name) {
    return name.named({Verdict::too_few, Verdict::not_told_apart, Verdict::less, Verdict::more});
}

Verdict verdict_on_ratio(const JsonReader& name) {
    return name.named({Verdict::baseline, Verdict::too_few, Verdict::not_told_apart, Verdict::less, Verdict::more});
}

Figure figure_of(const JsonReader& name) { return name.named<Figure>(all_figures); }

std::vector<RatioWarning> warnings_of(const JsonReader& json) {
    using Kind = RatioWarning::Kind;
    std::vector<RatioWarning> warnings;
    if (!json.is_null())
        for (const JsonReader& warning : json.elements())
            warnings.push_back(
                {warning.at("kind").named({Kind::bursts, Kind::groups, Kind::autocorrelation, Kind::trend}),
                 warning.at("value").number<double>()});
    return warnings;
}

Ratio ratio_of(const JsonReader& json) {
    return {.value = json.at("value").number<double>(),
            .interval = interval_of(json),
            .p = json.at("p").number<double>(),
            .verdict = verdict_on_ratio(json.at("verdict")),
            .outliers = json.at("outliers").number<std::size_t>(),
            .spread = json.at("spread").optional_number<double>(),
            .warnings = warnings_of(json.at_or_null("warnings"))};
}

Medians medians_of(const JsonReader& json) {
    const JsonReader latency = json.at("latency_us");
    Medians medians;
    medians.messages_per_second = json.at("messages_per_second").number<double>();
    medians.cpu_us_per_message = json.at("cpu_us_per_message").number<double>();
    medians.ratio = json.at("ratio").unless_null(ratio_of);
    medians.p50 = latency.at("p50").optional_number<double>();
    medians.p99 = latency.at("p99").optional_number<double>();
    medians.p99_9 = latency.at("p99_9").optional_number<double>();
    medians.starved = json.at("starved").number<std::size_t>();
    medians.load_cpu_share = json.at("load_cpu_share").number<double>();
    medians.server_cpu_share = json.at("server_cpu_share").number<double>();
    medians.context_switches_per_message = json.at("context_switches_per_message").number<double>();
    medians.user_us_per_message = json.at("user_us_per_message").optional_number<double>();
    medians.system_us_per_message = json.at("system_us_per_message").optional_number<double>();
    medians.core_softirq_us_per_message = json.at("core_softirq_us_per_message").optional_number<double>();
    medians.events_per_wait = json.at("events_per_wait").optional_number<double>();
    medians.in_flight_ratio = json.at("in_flight_ratio").optional_number<double>();
    medians.unsent_share = json.at("unsent_share").optional_number<double>();
    return medians;
}

ServerSummary server_summary_of(const JsonReader& json) {
    ServerSummary summary;
    summary.medians = json.at("medians").unless_null(medians_of);
    summary.limit = json.at("limit").unless_null([](const JsonReader& limit) {
        return limit.named({Limit::nothing, Limit::server, Limit::generator, Limit::both});
    });
    json.at("intervals").for_each_member([&](std::string_view name, const JsonReader& ends) {
        const auto* const figure = std::ranges::find(all_figures, name, [](Figure one) { return name_of(one); });
        if (figure == all_figures.end()) ends.refuse("no figure has this name");
        summary.intervals[*figure] = Interval{ends.at(0).number<double>(), ends.at(1).number<double>()};
    });
    return summary;
}

// The index of the row with that title.
std::size_t row_titled(const std::vector<ServerResult>& rows, const JsonReader& title) {
    const auto found = std::ranges::find(rows, title.text(), [](const ServerResult& row) { return row.spec.title(); });
    if (found == rows.end()) title.refuse_value("the title of a server of this point");
    return static_cast<std::size_t>(found - rows.begin());
}

// A ranking of servers that the point has.
Ranking ranking_among(const std::vector<ServerResult>& rows, const JsonReader& json) {
    for (const char* titles : {"order", "not_told_apart"})
        for (const JsonReader& title : json.at(titles).elements()) row_titled(rows, title);
    return ranking_of(json);
}

Cost cost_of(const JsonReader& json) {
    return {.pair = json.at("pair").named({Cost::Pair::asio_over_raw, Cost::Pair::asio_over_epoll,
                                           Cost::Pair::second_over_best, Cost::Pair::worst_over_best}),
            .server = json.at("server").text(),
            .over = json.at("over").text(),
            .value = json.at("value").number<double>(),
            .interval = interval_of(json),
            .verdict = verdict_on_cost(json.at("verdict"))};
}

// Null if there is none.
Ratio* ratio_of_baseline(PointSummary& summary) {
    if (!summary.baseline || *summary.baseline >= summary.servers.size()) return nullptr;
    std::optional<Medians>& medians = summary.servers[*summary.baseline].medians;
    return medians && medians->ratio ? &*medians->ratio : nullptr;
}

PointSummary summary_of(const JsonReader& json, const std::vector<ServerResult>& rows) {
    PointSummary summary;
    summary.baseline =
        json.at("baseline").unless_null([&](const JsonReader& title) { return row_titled(rows, title); });
    for (const JsonReader& server : json.at("servers").elements()) summary.servers.push_back(server_summary_of(server));
    // Older results say of the baseline that there were too few rounds, or that it is not told apart from itself.
    if (Ratio* const ratio = ratio_of_baseline(summary)) ratio->verdict = Verdict::baseline;
    for (const JsonReader& ranking : json.at("rankings").elements())
        summary.rankings[figure_of(ranking.at("figure"))] = ranking_among(rows, ranking);
    for (const JsonReader& cost : json.at("costs").elements()) summary.costs.push_back(cost_of(cost));
    return summary;
}

Point point_of(const JsonReader& json, std::string_view baseline, const Cores& cores) {
    Point point{.label = json.at("label").text(), .work = work_of(json.at("work"))};
    point.slice = json.at("slice_seconds").unless_null(seconds_of);
    point.why_windows = json.at("why_windows").optional_text().value_or("");
    json.at("at").for_each_member([&](std::string_view name, const JsonReader& number) {
        point.at.push_back({std::string(name), number.number<double>()});
    });
    for (const JsonReader& row : json.at("servers").elements()) point.rows.push_back(row_of(row));
    // The rounds of the servers are compared one by one.
    for (const ServerResult& row : point.rows)
        if (is_complete(row) && row.rounds.size() != point.rows.front().rounds.size())
            json.refuse("the servers of a point differ in their number of rounds");
    point.summary = has_summary(json) ? summary_of(json, point.rows) : summarise_point(point.rows, baseline, cores);
    return point;
}

std::vector<std::string> titles_of(const Point& point) {
    std::vector<std::string> titles;
    for (const ServerResult& row : point.rows) titles.push_back(row.spec.title());
    return titles;
}

// Its members are shown as they are, except for those of the check.
boost::json::object environment_of(const JsonReader& json) {
    const JsonReader check = json.at_or_null("machine_check");
    if (!check.is_null()) static_cast<void>(check.at("doubts").texts());
    return json.object();
}

Experiment experiment_of(const JsonReader& json, std::string_view baseline) {
    Experiment experiment{.name = json.at("name").text(), .question = json.at("question").text()};
    for (const JsonReader& figure : json.at("figures").elements()) experiment.figures.push_back(figure_of(figure));
    for (const JsonReader& core : json.at("server_cores").elements())
        experiment.cores.server.push_back(core.number<int>());
    for (const JsonReader& core : json.at("load_cores").elements()) experiment.cores.load.push_back(core.number<int>());
    experiment.charges_interrupts = json.at("interrupts_charged").flag();
    for (const JsonReader& point : json.at("points").elements())
        experiment.points.push_back(point_of(point, baseline, experiment.cores));
    if (experiment.points.empty()) json.at("points").refuse("a scenario needs at least one point");
    for (const Point& point : experiment.points)
        if (titles_of(point) != titles_of(experiment.points.front()))
            json.refuse("the points of a scenario differ in their servers");
    return experiment;
}

SessionLimits sessions_of(const JsonReader& json) {
    SessionLimits sessions{.least = json.at("least").number<std::size_t>(),
                           .most = json.at("most").number<std::size_t>(),
                           .cycles = json.at("cycles").number<std::size_t>()};
    sessions.slice = json.at("slice_seconds").unless_null(seconds_of);
    sessions.warmup = json.at_or_null("warmup_seconds").unless_null(seconds_of);
    return sessions;
}

Plan plan_of(const JsonReader& json) {
    Plan plan{.sessions = json.at("sessions").unless_null(sessions_of),
              .least_rounds = json.at("least_rounds").number<std::size_t>(),
              .most_rounds = json.at("most_rounds").number<std::size_t>(),
              .precision = json.at("precision").optional_number<double>()};
    plan.budget = json.at("budget_seconds").unless_null(seconds_of);
    plan.seed = json.at("seed").number<std::uint32_t>();
    plan.baseline = json.at("baseline").optional_text().value_or("");
    return plan;
}

bool are_results(const JsonReader& json) {
    return json.is_object() && json.at_or_null("format").value() == boost::json::value(results_format);
}

// Whether the baseline of the point, if there is one, is called so.
bool names_baseline(const JsonReader& point) {
    for (const JsonReader& server : point.at("servers").elements()) {
        if (server.at("title").value() != point.at("baseline").value()) continue;
        const JsonReader medians = server.at("medians");
        const JsonReader ratio = medians.is_null() ? medians : medians.at("ratio");
        if (!ratio.is_null() && ratio.at("verdict").value() != boost::json::value(name_of(Verdict::baseline)))
            return false;
    }
    return true;
}

bool has_summaries(const JsonReader& results) {
    if (!results.contains("brief")) return false;
    for (const JsonReader& scenario : results.at("scenarios").elements())
        for (const JsonReader& point : scenario.at("points").elements())
            if (!has_summary(point) || !names_baseline(point)) return false;
    const JsonReader monitor = results.at("monitor");
    return monitor.is_null() || has_rankings(monitor);
}

Results results_of(boost::json::value document) {
    if (!are_results(JsonReader(document)))
        throw std::runtime_error("not results of iomux-compare: \"format\" must be \"iomux-results\"");
    upgrade(document.as_object());
    const JsonReader all(document);
    const JsonReader options = all.at("options");
    Results results{.created = all.at("created").text(),
                    .environment = environment_of(all.at("environment")),
                    .plan = plan_of(options),
                    .quick = options.at("quick").flag(),
                    .partial = all.at("partial").flag()};
    for (const JsonReader& experiment : all.at("scenarios").elements())
        results.experiments.push_back(experiment_of(experiment, results.plan.baseline));
    results.monitor = all.at("monitor").unless_null(monitor_of);
    if (const JsonReader claims = all.at("claims"); !claims.is_null()) results.claims = claims_of(claims);
    return results;
}

// Whether the results are as this version writes them. Their members may be wrong.
bool are_current(const JsonReader& results) {
    return results.at_or_null("version").value() == results_version && has_summaries(results);
}

}  // namespace

Results parse_results(std::string_view json) { return results_of(cli::parse_json(json)); }

std::string upgraded_results(std::string json, boost::json::value document) {
    const bool is_current = are_results(JsonReader(document)) && are_current(JsonReader(document));
    const Results results = results_of(std::move(document));
    return is_current ? std::move(json) : cli::json_text(json_of(results));
}

}  // namespace iomux::compare
