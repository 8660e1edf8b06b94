#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/measure/server_result.hpp"
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
    std::vector<ServerResult> rows;
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

}  // namespace iomux::compare
