#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/claims/claims.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/mechanisms/monitor.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

/// What a scenario is about: the figure that its table shows.
enum class Figure {
    cpu,           ///< CPU time a message, as a ratio to the baseline's.
    rate,          ///< Messages a second.
    p99,           ///< Of the latency, in microseconds.
    idle_memory,   ///< Bytes of the server for an idle connection.
    system_calls,  ///< A message.
};

/// `cpu_us_a_message`, `messages_per_second`, `latency_us_p99`, `idle_connection_bytes`, `system_calls_a_message`
std::string_view name_of(Figure figure);

/// One of the numbers that a scenario varies: `connections`, 100.
struct Coordinate {
    std::string name;
    double value;
};

/// A work, and what each server made of it.
struct Point {
    std::vector<Coordinate> at;
    std::string label;  ///< `100 connections`; empty where a scenario has only one point.
    Work work;
    std::vector<Row> rows;
};

/// The name of the experiment that is no scenario: one work, which the command line tells.
inline constexpr std::string_view single_comparison = "comparison";

/// A scenario that was run.
struct Experiment {
    std::string name;
    std::string question;
    std::vector<Figure> figures;  ///< The first is what it is about.
    Cores cores;
    bool charges_interrupts = false;
    std::vector<Point> points;
};

/// All that a report is drawn from, now or later.
struct Results {
    std::string created;              ///< When, by ISO 8601 in UTC: `2026-11-25T14:20:15Z`.
    boost::json::object environment;  ///< Of the machine and the build.
    Plan plan;
    bool quick = false;
    std::vector<Experiment> experiments;
    std::optional<MonitorResult> monitor;
    std::vector<Claim> claims;
};

}  // namespace iomux::compare
