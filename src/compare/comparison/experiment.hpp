#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/measure/server_result.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

/// The figure that a scenario's table shows.
enum class Figure {
    cpu,           ///< CPU time per message, as a ratio to the baseline.
    rate,          ///< Messages per second.
    p99,           ///< The latency in microseconds.
    idle_memory,   ///< The server's memory per idle connection, in bytes.
    system_calls,  ///< System calls per message.
};

/// `cpu_us_a_message`, `messages_per_second`, `latency_us_p99`, `idle_connection_bytes`, `system_calls_a_message`
std::string_view name_of(Figure figure);

/// A value of a parameter that a scenario varies, such as `connections`, 100.
struct Coordinate {
    std::string name;
    double value;
};

/// One work, and the results of each server.
struct Point {
    std::vector<Coordinate> at;
    std::string label;  ///< `100 connections`; empty if a scenario has only one point.
    Work work;
    std::vector<ServerResult> rows;
};

/// The name of an experiment that is not a scenario: its work comes from the command line.
inline constexpr std::string_view single_comparison = "comparison";

/// A completed scenario.
struct Experiment {
    std::string name;
    std::string question;
    std::vector<Figure> figures;  ///< The main figure is first.
    Cores cores;
    bool charges_interrupts = false;
    std::vector<Point> points;
};

}  // namespace iomux::compare
