#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/summary.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {

/// A scenario for people. Its points are summarised once, whatever is asked of it.
class ScenarioReport {
public:
    /// The experiment outlives it, and has the same servers at every point, in the same order.
    ScenarioReport(const Experiment& experiment, const Plan& plan);

    /// A server a line, a point a column.
    Table table(Figure figure) const;
    /// Who is best where, what was skipped, and what is to be known.
    std::string notes() const;
    /// The question, a table for each figure, and the notes.
    std::string text(const Terminal& terminal) const;

    /// A server at a point.
    struct Cell {
        const Summary& summary;
        const ServerResult& row;
        const std::optional<Medians>& medians() const { return summary.of(row); }
    };

private:
    std::size_t servers() const;
    Cell cell(std::size_t point, std::size_t server) const;
    std::vector<std::string> best_at(std::size_t point, Figure figure) const;
    std::string best_text(Figure figure) const;
    std::string calls() const;
    std::string remarks() const;
    std::string baselines() const;
    bool any_mark(std::string_view mark) const;
    std::string legend() const;

    const Experiment& experiment_;
    std::vector<Summary> summaries_;  // one a point
};

/// The figure of each round of the row, or the only one where it is measured beside them; empty where there is none.
std::vector<double> values_of(const ServerResult& row, Figure figure);

/// How people name it, with its unit: `CPU µs/msg`.
std::string_view title_of(Figure figure);

/// What is to be said where `holds_littles_law` is false, and why that may be: "Their …".
inline constexpr std::string_view littles_law_fails =
    "rate × mean latency is not the number of messages on their way, within 5 %";
inline constexpr std::string_view reasons_to_fail_littles_law =
    "latency is not that of all clients, or the rounds are too short for it (--seconds)";

/// What is to be said where `keeps_the_rate` is false.
inline constexpr std::string_view rate_is_not_kept =
    "over 1 % of the requests could not be sent within the window, so that latencies are too low: theirs are missing";

/// What is to be said of tables that do not fit.
std::string on_blocks(const Terminal& terminal);

}  // namespace iomux::compare
