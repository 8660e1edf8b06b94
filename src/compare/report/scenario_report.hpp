#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compare/report/legend.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {

/// A scenario as text. It prints what is stored in the summaries of the scenario's points.
class ScenarioReport {
public:
    /// Keeps a reference to the experiment, which must have the same servers at every point, in the same order.
    explicit ScenarioReport(const Experiment& experiment);

    /// One line per server, one column per point.
    Table table(Figure figure) const;
    /// The best servers at each point.
    std::string in_brief() const;
    /// A legend, and which servers were skipped or failed.
    std::string notes(Legend legend) const;
    /// The question, the result in brief, a table for each figure, and the notes.
    std::string text(const Terminal& terminal, Legend legend) const;

    /// A server at a point.
    struct Cell {
        const Point& point;
        const ServerResult& row;
        const ServerSummary& summary() const { return point.of(row); }
    };

private:
    std::size_t servers() const;
    Cell cell(std::size_t point, std::size_t server) const;
    std::string best_line(Figure figure) const;
    std::string best_lines() const;
    std::string costs() const;
    std::string calls() const;
    std::string remarks() const;
    std::string baselines() const;
    bool any_mark(std::string_view mark) const;
    bool any_same() const;
    std::string legend(Legend extent) const;

    const Experiment& experiment_;
};

/// How often it was measured, and on which cores: `6 sessions of 5 slices of 20 ms; server on core 1, load on core 0`.
/// Points whose ratios are precise enough early have fewer sessions or rounds than others; then each is named.
std::string conditions_text(const Experiment& experiment);

/// Whose time the CPU time per message is.
inline constexpr std::string_view on_loopback =
    "On loopback, send(2) also does the kernel's receive work for the peer, and that time is charged to the sender. So "
    "CPU µs/msg includes the receive work for the replies, but not that for the requests.\n";

/// The same in the short legend.
inline constexpr std::string_view on_loopback_in_short =
    "On loopback, a sender is charged for the kernel's receive work of its peer.";

/// Printed if `holds_littles_law` is false, with its possible causes.
inline constexpr std::string_view littles_law_fails =
    "rate × mean latency differs by more than 5 % from the number of messages in flight";
inline constexpr std::string_view causes_to_fail_littles_law =
    "Possible causes: the latency is not that of all clients, or the rounds are too short (--seconds).";

/// Printed if `keeps_the_rate` is false.
inline constexpr std::string_view rate_is_not_kept =
    "more than 1 % of the requests could not be sent within the window; their latencies are missing, so those shown "
    "are "
    "too low";

/// Printed if tables are wider than the terminal.
std::string on_blocks(const Terminal& terminal);

}  // namespace iomux::compare
