#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "compare/measure/load_report.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// The report of the load generator about 1,000 messages in one second, with the members that are read.
inline boost::json::object load_report() {
    return {{"messages", 1000},
            {"messages_per_second", 1000.0},
            {"starved", 0},
            {"cpu_share", 0.5},
            {"bytes_sent_in_all", 64'000},
            {"latency_us", {{"p50", 10.0}, {"p99", 20.0}, {"p99_9", 30.0}, {"mean", 11.0}}}};
}

/// A server with these costs of its rounds, in microseconds per message.
inline ServerResult row(const char* name, const std::vector<int>& costs) {
    using namespace std::chrono_literals;
    ServerResult row{.spec = {.name = name, .path = "x"}};
    for (const int cost : costs) {
        Round round;
        take_figures(load_report(), round);
        round.window = 1s;
        round.server_cpu = 1000 * cost * 1us;
        round.load = load_report();
        row.rounds.emplace_back(round);
    }
    return row;
}

inline ServerResult failed(const char* name) {
    ServerResult row{.spec = {.name = name, .path = "x"}, .failed = "died"};
    row.rounds.resize(3);
    return row;
}

/// A scenario with a point for each list of rows: at 1, 2, … connections. It is summarised.
inline Experiment experiment(std::vector<std::vector<ServerResult>> points,
                             std::vector<Figure> figures = {Figure::cpu}) {
    Experiment experiment{.name = "throughput",
                          .question = "What does it cost?",
                          .figures = std::move(figures),
                          .cores = {.server = {1}, .load = {0}}};
    for (std::vector<ServerResult>& rows : points) {
        const std::size_t connections = experiment.points.size() + 1;
        experiment.points.push_back({.at = {{"connections", static_cast<double>(connections)}},
                                     .label = std::to_string(connections) + " connections",
                                     .work = {.connections = connections},
                                     .rows = std::move(rows)});
    }
    summarise(experiment, {});
    return experiment;
}

inline Results results(std::vector<Experiment> experiments) {
    return {
        .created = "2026-11-25T00:00:00Z", .environment = {{"kernel", "Linux"}}, .experiments = std::move(experiments)};
}

}  // namespace iomux::compare
