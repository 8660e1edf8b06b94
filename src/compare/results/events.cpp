#include "compare/results/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "cli/error_text.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/wait.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/comparison/verdict.hpp"
#include "compare/measure/session.hpp"
#include "compare/results/results_json.hpp"
#include "load/result/histogram.hpp"

namespace iomux::compare {
namespace {

using boost::json::object;
using boost::json::value;

// Of measured time, so that there are at most ten events in a second, as there are samples.
constexpr double seconds_between_slices = 0.1;

value known(const std::optional<double>& figure) { return figure ? value(*figure) : value(nullptr); }

value rate_of(double messages, double seconds) {
    return messages > 0 && seconds > 0 ? value(messages / seconds) : value(nullptr);
}

value cost_of(std::chrono::nanoseconds cpu, double messages) {
    const double cpu_us = std::chrono::duration<double, std::micro>(cpu).count();
    return messages > 0 ? value(cpu_us / messages) : value(nullptr);
}

value ratio_so_far(const std::optional<Ratio>& ratio) {
    if (!ratio) return nullptr;
    const auto& interval = ratio->interval;
    return object{{"value", ratio->value},
                  {"low", interval ? value(interval->low) : value(nullptr)},
                  {"high", interval ? value(interval->high) : value(nullptr)},
                  {"verdict", name_of(ratio->verdict)},
                  {"same_within", same_within(ratio->verdict, interval)}};
}

// Null if the round has too few messages for it.
value percentile(const Round& round, const std::optional<double>& figure, double percent) {
    return round.messages < static_cast<double>(load::least_count_for(percent)) ? value(nullptr) : known(figure);
}

value p50_of(const std::optional<Round>& round) { return round ? percentile(*round, round->p50, 50) : value(nullptr); }
value p99_of(const std::optional<Round>& round) { return round ? percentile(*round, round->p99, 99) : value(nullptr); }

// The servers that will not be measured under this load, and why.
boost::json::array skipped_json(const std::vector<ServerSpec>& servers, const Work& work) {
    boost::json::array skipped;
    for (const ServerSpec& server : servers)
        if (const std::optional<std::string> why = reason_to_skip(server, work))
            skipped.push_back(object{{"server", server.title()}, {"why", *why}});
    return skipped;
}

object scenario_json(const Experiment& experiment, const std::vector<ServerSpec>& servers) {
    boost::json::array points;
    for (const Point& point : experiment.points) {
        object at;
        for (const Coordinate& coordinate : point.at) at[coordinate.name] = coordinate.value;
        points.push_back(
            object{{"label", point.label}, {"at", std::move(at)}, {"skipped", skipped_json(servers, point.work)}});
    }
    return {{"name", experiment.name}, {"question", experiment.question}, {"points", std::move(points)}};
}

// Of this session alone; null if it was not measured.
value cost_in_session(const std::optional<Round>& round) {
    return round ? value(round->cpu_us_per_message()) : value(nullptr);
}

value ratio_in_session(const std::optional<Round>& round, const ServerResult* baseline) {
    if (!round || baseline == nullptr || baseline->rounds.empty() || !baseline->rounds.back()) return nullptr;
    const double base = baseline->rounds.back()->cpu_us_per_message();
    return base > 0 ? value(round->cpu_us_per_message() / base) : value(nullptr);
}

object so_far(const ServerResult& row, const std::optional<Medians>& medians, const ServerResult* baseline) {
    const std::optional<Round> none;
    const std::optional<Round>& latest = row.rounds.empty() ? none : row.rounds.back();
    const value nothing = nullptr;
    return {{"server", row.spec.title()},
            {"messages_per_second", medians ? value(medians->messages_per_second) : nothing},
            {"cpu_us_per_message", medians ? value(medians->cpu_us_per_message) : nothing},
            {"p50_us", medians ? known(medians->p50) : nothing},
            {"p99_us", medians ? known(medians->p99) : nothing},
            {"ratio", medians ? ratio_so_far(medians->ratio) : nothing},
            {"failed", row.failed ? value(*row.failed) : nothing},
            {"latest",
             {{"cpu_us_per_message", cost_in_session(latest)},
              {"ratio", ratio_in_session(latest, baseline)},
              {"p50_us", p50_of(latest)},
              {"p99_us", p99_of(latest)}}}};
}

}  // namespace

Events::Events(const std::string& file) : stream_(file) {}

void Events::tell(const object& event) {
    if (lost_) return;
    try {
        stream_.write(cli::json_text(event) + "\n");
    } catch (const cli::WaitInterrupted&) {
        lost_ = true;  // the signal also ends the measurement
    } catch (const std::exception& error) {
        lost_ = true;
        cli::print_remark(fmt::format("no more events: {}; the measurement goes on", cli::error_text(error)));
    }
}

void Events::started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan) {
    started(servers, work, plan, nullptr);
}

void Events::started(const std::vector<ServerSpec>& servers, const Experiment& experiment, const Plan& plan) {
    value scenario = nullptr;
    has_scenario_ = experiment.name != single_comparison;
    places_.clear();
    for (const Point& point : experiment.points) places_.push_back(place_text(point.label, point.work));
    cores_ = experiment.cores;
    if (has_scenario_) scenario = scenario_json(experiment, servers);
    started(servers, experiment.points.front().work, plan, std::move(scenario));
}

void Events::started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan, value scenario) {
    boost::json::array all;
    for (const ServerSpec& server : servers) {
        const std::optional<std::string> why = server.reason_to_skip(work);
        all.push_back(object{{"title", server.title()}, {"skipped", why ? value(*why) : value(nullptr)}});
    }
    tell({{"event", "started"},
          {"servers", all},
          {"in_sessions", plan.sessions.has_value()},
          {"rounds", plan.least_rounds == plan.most_rounds ? value(plan.most_rounds) : value(nullptr)},
          {"window_seconds", std::chrono::duration<double>(work.duration).count()},
          {"work", work.text()},
          {"scenario", std::move(scenario)}});
}

void Events::started(std::string_view work) {
    tell({{"event", "started"},
          {"servers", boost::json::array()},
          {"in_sessions", nullptr},
          {"rounds", nullptr},
          {"window_seconds", nullptr},
          {"work", work},
          {"scenario", nullptr}});
}

void Events::finished(const Results& results) { finished(json_of(results)); }

void Events::finished(const object& results) { tell({{"event", "finished"}, {"results", results}}); }

void Events::show(std::string_view server, std::string_view step, std::chrono::seconds left) {
    Progress::show(server, step, left);
    tell({{"event", "step"}, {"server", server}, {"step", step}, {"seconds_left", with_other_parts(left).count()}});
}

void Events::point_begins(std::size_t number) {
    place_ = number - 1;
    if (has_scenario_) tell({{"event", "point"}, {"point", number}});
}

void Events::calls_counted(const ServerResult& row) {
    value calls = nullptr;
    if (row.system_calls) {
        object& by_name = calls.emplace_object();
        for (const auto& [name, count] : row.system_calls->per_message) by_name[name] = count;
    }
    tell({{"event", "counted"},
          {"server", row.spec.title()},
          {"system_calls", std::move(calls)},
          {"system_calls_unknown", row.system_calls_unknown ? value(*row.system_calls_unknown) : value(nullptr)}});
}

void Events::round_begins(const ServerSpec& server, std::size_t round) {
    server_ = server.title();
    round_ = round;
    tell({{"event", "round"}, {"server", server_}, {"round", round_}});
}

void Events::passes(const Sample& sample) {
    if (server_.empty()) return;  // a round in which system calls are counted
    tell({{"event", "sample"},
          {"server", server_},
          {"round", round_},
          {"seconds", sample.seconds},
          {"messages", sample.messages},
          {"messages_per_second", rate_of(sample.messages, sample.seconds)},
          {"cpu_us_per_message", cost_of(sample.process_cpu, sample.messages)},
          {"p50_us", known(sample.p50)},
          {"p99_us", known(sample.p99)}});
}

void Events::round_ended(const ServerResult& row) {
    const std::optional<Round>& round = row.rounds.back();
    const value nothing = nullptr;
    tell({{"event", "measured"},
          {"server", server_},
          {"round", round_},
          {"messages_per_second", round ? value(round->messages_per_second) : nothing},
          {"cpu_us_per_message", round ? value(round->cpu_us_per_message()) : nothing},
          {"p50_us", p50_of(round)},
          {"p99_us", p99_of(round)},
          {"failed", row.failed ? value(*row.failed) : nothing}});
    server_.clear();
}

void Events::session_begins(std::size_t session, std::size_t cycles) {
    session_ = session;
    cycles_ = cycles;
    cycle_ = 0;
    slices_.clear();
}

// An event has whole cycles, so that all servers appear in it alike.
void Events::turn_ended(const ServerSpec& server, const TurnSample& turn) {
    const double seconds = std::accumulate(slices_.begin(), slices_.end(), 0.0,
                                           [](double sum, const Slices& one) { return sum + one.seconds; });
    if (turn.cycle != cycle_ && seconds >= seconds_between_slices) tell_slices();
    cycle_ = turn.cycle;
    const std::string title = server.title();
    auto of_server = std::ranges::find(slices_, title, &Slices::server);
    if (of_server == slices_.end()) of_server = slices_.insert(slices_.end(), {.server = title});
    of_server->messages += turn.messages;
    of_server->seconds += turn.seconds;
    of_server->cpu += turn.cpu;
}

void Events::tell_slices() {
    boost::json::array servers;
    for (const Slices& one : slices_)
        servers.push_back(object{{"server", one.server},
                                 {"messages_per_second", rate_of(one.messages, one.seconds)},
                                 {"cpu_us_per_message", cost_of(one.cpu, one.messages)}});
    const double share = static_cast<double>(cycle_ + 1) / static_cast<double>(cycles_);
    tell({{"event", "slices"},
          {"session", session_},
          {"sessions", static_cast<double>(session_ - 1) + share},
          {"servers", std::move(servers)}});
    slices_.clear();
}

void Events::session_ended(std::span<const ServerResult> rows, std::string_view baseline) {
    if (!slices_.empty()) tell_slices();
    const PointSummary summary = summarise_point(rows, baseline, cores_);
    const ServerResult* const base = summary.baseline ? &rows[*summary.baseline] : nullptr;
    const std::optional<Statement> verdict =
        verdict_on(rows, summary, place_ < places_.size() ? places_[place_] : "so far");
    boost::json::array servers;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!rows[i].skipped) servers.push_back(so_far(rows[i], summary.servers[i].medians, base));
    tell({{"event", "session"},
          {"session", session_},
          {"baseline", base != nullptr ? value(base->spec.title()) : value(nullptr)},
          {"verdict",
           verdict ? value(object{{"text", verdict->text}, {"strength", name_of(verdict->strength)}}) : value(nullptr)},
          {"servers", std::move(servers)}});
}

}  // namespace iomux::compare
