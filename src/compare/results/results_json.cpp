#include "compare/results/results_json.hpp"

#include <boost/json.hpp>
#include <utility>

#include "compare/comparison/brief.hpp"
#include "compare/comparison/verdict.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/monitor_json.hpp"
#include "compare/results/ranking_json.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

template <class Value>
value or_null(const std::optional<Value>& known) {
    return known ? value(*known) : value(nullptr);
}

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

object json_of(const Work& work) {
    return {{"connections", work.connections},
            {"size", work.size.mean()},
            {"sizes", work.size.text()},
            {"depth", work.depth},
            {"idle", work.idle},
            {"rate", or_null(work.rate)},
            {"churn", work.churn},
            {"datagrams", work.datagrams},
            {"unix_socket", work.unix_socket},
            {"load_threads", work.load_threads},
            {"flooders", work.flooders},
            {"simulated_work", work.simulated_work},
            {"idle_memory", work.idle_memory},
            {"warmup_seconds", in_seconds(work.warmup)},
            {"seconds", in_seconds(work.duration)},
            {"service", name_of(work.service)},
            {"framing", name_of(work.framing)}};
}

array slices_json(const std::vector<std::optional<double>>& slices) {
    array list;
    for (const std::optional<double>& slice : slices) list.push_back(or_null(slice));
    return list;
}

object json_of(const Round& round) {
    const auto& interrupts = round.core_interrupts;
    const auto& spent = round.spent;
    return {{"cpu_us_per_message", round.cpu_us_per_message()},
            {"server_cpu_share", round.server_cpu_share()},
            {"window_seconds", in_seconds(round.window)},
            {"server_cpu_seconds", in_seconds(round.server_cpu)},
            {"process_cpu_seconds", in_seconds(round.process_cpu)},
            {"user_cpu_seconds", spent ? value(in_seconds(spent->user)) : value(nullptr)},
            {"system_cpu_seconds", spent ? value(in_seconds(spent->system)) : value(nullptr)},
            {"context_switches", round.switches.all()},
            {"involuntary_switches", round.switches.involuntary},
            {"core_irq_seconds", interrupts ? value(in_seconds(interrupts->hard)) : value(nullptr)},
            {"core_softirq_seconds", interrupts ? value(in_seconds(interrupts->soft)) : value(nullptr)},
            {"slices", round.slices.empty() ? value(nullptr) : value(slices_json(round.slices))},
            {"starved", round.starved},
            {"in_flight_ratio", or_null(round.in_flight_ratio)},
            {"load", round.load},
            {"server_counters", round.counters ? value(round.counters->all) : value(nullptr)}};
}

array json_of(const std::vector<RatioWarning>& warnings) {
    array list;
    for (const auto& [kind, warned] : warnings) list.push_back({{"kind", name_of(kind)}, {"value", warned}});
    return list;
}

object json_of(const Ratio& ratio) {
    const auto& interval = ratio.interval;
    return {{"value", ratio.value},
            {"low", interval ? value(interval->low) : value(nullptr)},
            {"high", interval ? value(interval->high) : value(nullptr)},
            {"p", ratio.p},
            {"verdict", name_of(ratio.verdict)},
            {"same_within", same_within(ratio.verdict, ratio.interval)},
            {"outliers", ratio.outliers},
            {"spread", or_null(ratio.spread)},
            {"warnings", json_of(ratio.warnings)}};
}

object json_of(const Medians& medians) {
    return {{"messages_per_second", medians.messages_per_second},
            {"cpu_us_per_message", medians.cpu_us_per_message},
            {"ratio", medians.ratio ? value(json_of(*medians.ratio)) : value(nullptr)},
            {"latency_us",
             {{"p50", or_null(medians.p50)}, {"p99", or_null(medians.p99)}, {"p99_9", or_null(medians.p99_9)}}},
            {"starved", medians.starved},
            {"load_cpu_share", medians.load_cpu_share},
            {"server_cpu_share", medians.server_cpu_share},
            {"context_switches_per_message", medians.context_switches_per_message},
            {"user_us_per_message", or_null(medians.user_us_per_message)},
            {"system_us_per_message", or_null(medians.system_us_per_message)},
            {"core_softirq_us_per_message", or_null(medians.core_softirq_us_per_message)},
            {"events_per_wait", or_null(medians.events_per_wait)},
            {"in_flight_ratio", or_null(medians.in_flight_ratio)},
            {"unsent_share", or_null(medians.unsent_share)},
            {"holds_littles_law", holds_littles_law(medians)},
            {"keeps_the_rate", keeps_the_rate(medians)}};
}

object json_of(const IdleMemory& memory) {
    return {{"connections", memory.connections},
            {"bytes", memory.bytes},
            {"kernel_stack_bytes", or_null(memory.kernel_stack_bytes)},
            {"socket_bytes", or_null(memory.socket_bytes)},
            {"socket_unknown", or_null(memory.socket_unknown)}};
}

object json_of(const SystemCalls& calls) {
    object per_message;
    for (const auto& [name, count] : calls.per_message) per_message[name] = count;
    return {{"source", name_of(calls.source)},
            {"per_message", std::move(per_message)},
            {"all_per_message", calls.all_per_message},
            {"waits_per_message", or_null(calls.waits_per_message())}};
}

object json_of(const WarmUp& warmup) {
    return {{"seconds", in_seconds(warmup.time)}, {"settled", or_null(warmup.settled)}};
}

array texts_json(const std::vector<std::string>& texts) { return array(texts.begin(), texts.end()); }

object intervals_json(const std::map<Figure, Interval>& intervals) {
    object json;
    for (const auto& [figure, interval] : intervals) json[name_of(figure)] = array{interval.low, interval.high};
    return json;
}

array names_json(const std::vector<Figure>& figures) {
    array names;
    for (const Figure figure : figures) names.emplace_back(name_of(figure));
    return names;
}

array json_of(const std::map<Figure, Ranking>& rankings) {
    array list;
    for (const auto& [figure, ranking] : rankings) {
        object json = json_of(ranking);
        json["figure"] = name_of(figure);
        list.push_back(std::move(json));
    }
    return list;
}

object json_of(const Cost& cost) {
    return {{"pair", name_of(cost.pair)},
            {"server", cost.server},
            {"over", cost.over},
            {"value", cost.value},
            {"low", cost.interval ? value(cost.interval->low) : value(nullptr)},
            {"high", cost.interval ? value(cost.interval->high) : value(nullptr)},
            {"verdict", name_of(cost.verdict)},
            {"same_within", same_within(cost.verdict, cost.interval)},
            {"too_noisy", is_too_noisy(cost)}};
}

object json_of(const Answer& answer);
object json_of(const Reason& reason);
object json_of(const Winner& winner);
object json_of(const Point& point);
object json_of(const Experiment& experiment);

template <class Element>
array list_json(const std::vector<Element>& elements) {
    array list;
    for (const Element& element : elements) list.push_back(json_of(element));
    return list;
}

value text_or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

object json_of(const Reason& reason) {
    return {{"scenario", reason.scenario},
            {"point", reason.point},
            {"load", reason.load},
            {"text", reason.text},
            {"ratio", text_or_null(reason.ratio)},
            {"strength", reason.strength ? value(name_of(*reason.strength)) : value(nullptr)},
            {"sure", reason.strength ? value(text_of(*reason.strength)) : value(nullptr)}};
}

object json_of(const Answer& answer) {
    return {{"question", answer.question},
            {"answer", text_or_null(answer.answer)},
            {"why", list_json(answer.why)},
            {"command", text_or_null(answer.command)}};
}

object json_of(const Statement& statement) {
    return {{"text", statement.text}, {"strength", name_of(statement.strength)}};
}

object json_of(const Winner& winner) {
    return {{"server", winner.server}, {"points", winner.points}, {"told_apart", winner.told_apart}};
}

object json_of(const Crossover& crossover) {
    return {{"text", crossover.text}, {"winners", list_json(crossover.winners)}};
}

object json_of(const ServerResult& row, const ServerSummary& summary) {
    const std::optional<Medians>& medians = summary.medians;
    array rounds;
    for (const std::optional<Round>& round : row.rounds)
        rounds.push_back(round ? value(json_of(*round)) : value(nullptr));
    const ServerSpec& server = row.spec;
    return {{"title", server.title()},
            {"origin", name_of(server.origin)},
            {"program", server.program.empty() ? value(nullptr) : value(server.program)},
            {"name", server.name},
            {"overshadowed", server.overshadowed},
            {"usual_threads", or_null(server.usual_threads)},
            {"options", texts_json(server.options)},
            {"path", server.path},
            {"summary", server.summary},
            {"skipped", or_null(row.skipped)},
            {"failed", or_null(row.failed)},
            {"idle_connection", row.idle_memory ? value(json_of(*row.idle_memory)) : value(nullptr)},
            {"idle_connection_unknown", or_null(row.idle_unknown)},
            {"system_calls", row.system_calls ? value(json_of(*row.system_calls)) : value(nullptr)},
            {"system_calls_unknown", or_null(row.system_calls_unknown)},
            {"warmup", row.warmup ? value(json_of(*row.warmup)) : value(nullptr)},
            {"limit", summary.limit ? value(name_of(*summary.limit)) : value(nullptr)},
            {"medians", medians ? value(json_of(*medians)) : value(nullptr)},
            {"intervals", intervals_json(summary.intervals)},
            {"pooled_percentiles", names_json(pooled_percentiles(row, summary))},
            {"rounds", std::move(rounds)}};
}

object json_of(const Point& point) {
    object at;
    for (const Coordinate& coordinate : point.at) at[coordinate.name] = coordinate.value;
    array servers;
    for (const ServerResult& row : point.rows) servers.push_back(json_of(row, point.of(row)));
    const ServerResult* baseline = point.baseline();
    const std::optional<Statement> verdict = verdict_on(point);
    return {{"at", std::move(at)},
            {"label", point.label},
            {"work", json_of(point.work)},
            {"slice_seconds", point.slice ? value(in_seconds(*point.slice)) : value(nullptr)},
            {"why_windows", point.why_windows.empty() ? value(nullptr) : value(point.why_windows)},
            {"baseline", baseline != nullptr ? value(baseline->spec.title()) : value(nullptr)},
            {"rankings", json_of(point.summary.rankings)},
            {"costs", list_json(point.summary.costs)},
            {"verdict", verdict ? value(json_of(*verdict)) : value(nullptr)},
            {"servers", std::move(servers)}};
}

object json_of(const Experiment& experiment) {
    array varies;
    if (!experiment.points.empty())
        for (const Coordinate& coordinate : experiment.points.front().at) varies.emplace_back(coordinate.name);
    const std::size_t varied = varies.size();
    const Cores& cores = experiment.cores;
    return {{"name", experiment.name},
            {"question", experiment.question},
            {"figures", names_json(experiment.figures)},
            {"varies", std::move(varies)},
            {"server_cores", array(cores.server.begin(), cores.server.end())},
            {"load_cores", array(cores.load.begin(), cores.load.end())},
            {"interrupts_charged", experiment.charges_interrupts},
            {"crossover", varied == 2 ? value(json_of(crossover_of(experiment))) : value(nullptr)},
            {"points", list_json(experiment.points)}};
}

object json_of(const SessionLimits& sessions) {
    return {{"least", sessions.least},
            {"most", sessions.most},
            {"cycles", sessions.cycles},
            {"slice_seconds", sessions.slice ? value(in_seconds(*sessions.slice)) : value(nullptr)},
            {"warmup_seconds", sessions.warmup ? value(in_seconds(*sessions.warmup)) : value(nullptr)}};
}

object json_of(const Plan& plan, bool quick) {
    return {{"quick", quick},
            {"sessions", plan.sessions ? value(json_of(*plan.sessions)) : value(nullptr)},
            {"least_rounds", plan.least_rounds},
            {"most_rounds", plan.most_rounds},
            {"precision", or_null(plan.precision)},
            {"budget_seconds", plan.budget ? value(in_seconds(*plan.budget)) : value(nullptr)},
            {"seed", plan.seed},
            {"baseline", plan.baseline.empty() ? value(nullptr) : value(plan.baseline)}};
}

}  // namespace

value same_within(Verdict verdict, const std::optional<Interval>& interval) {
    return is_the_same(verdict, interval) ? value(sameness) : value(nullptr);
}

object json_of(const Results& results) {
    return {{"format", results_format},
            {"version", results_version},
            {"created", results.created},
            {"environment", results.environment},
            {"partial", results.partial},
            {"options", json_of(results.plan, results.quick)},
            {"brief", list_json(answers_from(results.experiments))},
            {"scenarios", list_json(results.experiments)},
            {"monitor", results.monitor ? value(json_of(*results.monitor)) : value(nullptr)},
            {"claims", results.claims.empty() ? value(nullptr) : value(json_of(results.claims))}};
}

}  // namespace iomux::compare
