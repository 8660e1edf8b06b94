#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/point_summary.hpp"
#include "compare/measure/server_result.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

/// One of the numbers that a scenario varies: `connections`, 100.
struct Coordinate {
    std::string name;
    double value;
};

/// A load, the result of each server under it, and what is computed from them.
struct Point {
    std::vector<Coordinate> at;
    std::string label;  ///< `100 connections`; empty if the scenario has only one point.
    Work work;
    std::vector<ServerResult> rows;
    std::optional<std::chrono::nanoseconds> slice = {};  ///< See `Comparison`; so is the next.
    std::string why_windows = {};
    PointSummary summary = {};  ///< See `summarise`.

    /// The summary of one of the rows. Throws std::out_of_range if the point has not been summarised.
    const ServerSummary& of(const ServerResult& row) const;
    /// Null if no server completed every round.
    const ServerResult* baseline() const;
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

/// Computes the summary of every point.
void summarise(Experiment& experiment, std::string_view baseline);

}  // namespace iomux::compare
