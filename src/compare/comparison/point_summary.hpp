#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/figure.hpp"
#include "compare/comparison/summary.hpp"

namespace iomux::compare {

/// The values of the figure: one for each completed round, or a single one if it is measured outside the rounds.
std::vector<double> values_of(const ServerResult& row, Figure figure);

/// Not so are memory and system calls, which are measured once.
bool is_measured_in_rounds(Figure figure);

/// ln(the figure ÷ the other server's) in each round or session that both completed. Empty unless the figure is
/// measured in rounds.
std::vector<SessionEstimate> log_ratios(const ServerResult& row, const ServerResult& other, Figure figure);

/// A figure of a server at a point.
struct Estimate {
    double value = 0;                  ///< The median of the rounds, or the only measurement.
    std::optional<Interval> interval;  ///< The 95 % interval; nothing if there are too few rounds.
};

/// The figures of a server at a point.
struct ServerSummary {
    std::optional<Medians> medians;  ///< Nothing unless the server has completed every round.
    std::optional<Limit> limit;
    std::map<Figure, Interval> intervals;  ///< Of the medians of rate and latencies. The ratio has its own.
};

/// The percentiles of the server that are of the messages of all rounds together, because some rounds have too few for
/// one of their own. The others are medians of the rounds' percentiles.
std::vector<Figure> pooled_percentiles(const ServerResult& row, const ServerSummary& summary);

/// Nothing if the server has no such figure, or was skipped, or failed.
std::optional<Estimate> estimate_of(const ServerResult& row, const ServerSummary& summary, Figure figure);

/// A candidate of a ranking.
struct Standing {
    std::string title;
    Estimate estimate;
};

/// Candidates from the best to the worst.
struct Ranking {
    std::vector<std::string> order;  ///< Titles; at least one.
    /// The candidates that may be as good as the best one. By cost: their ratio to it does not differ significantly
    /// from 1, corrected for the number of candidates. By other figures: their intervals overlap with that of the best
    /// one, or are unknown because there were too few rounds.
    std::vector<std::string> not_told_apart;

    const std::string& best() const { return order.front(); }
};

enum class Better { less, more };

/// Ranks at least one candidate.
Ranking rank(std::vector<Standing> standings, Better better);

/// Whether it is a server on Boost.Asio, on any of its backends.
bool is_asio(const ServerSpec& spec);

/// The CPU time per message of one server relative to another's.
struct Cost {
    enum class Pair {
        asio_over_raw,     ///< The cheapest Asio server over the cheapest raw one.
        asio_over_epoll,   ///< The cheapest Asio server over the raw server `epoll`.
        second_over_best,  ///< The second in the ranking over the first.
        worst_over_best,   ///< The last in the ranking over the first, if there are more than two.
    };
    Pair pair = Pair::asio_over_raw;
    std::string server, over;  ///< Titles.
    double value = 0;          ///< See `ratio_between`; so are the other two.
    std::optional<Interval> interval;
    Verdict verdict = Verdict::too_few;
};

/// `asio_over_raw`, `asio_over_epoll`, `second_over_best`, `worst_over_best`
std::string_view name_of(Cost::Pair pair);

/// Whether it is about a server on Asio and a raw one.
bool is_of_asio(const Cost& cost);

/// Whether the verdict is `not told apart`, but the interval is wider than ±5 %, so that it may hide a difference.
bool is_too_noisy(const Cost& cost);

/// All that is computed from the rounds of a point. It is computed once, stored with the results, and printed by every
/// report.
struct PointSummary {
    std::optional<std::size_t> baseline;  ///< The index of the row that ratios are relative to.
    std::vector<ServerSummary> servers;   ///< One per row.
    /// The servers by each figure. `minimal` is not ranked, because it gives none of the guarantees of the other
    /// servers. A rate that was limited by the load generator is not ranked either. A figure without servers has no
    /// ranking.
    std::map<Figure, Ranking> rankings;
    std::vector<Cost> costs;  ///< One for each pair of which both servers were measured.

    /// Null if there is none.
    const Ranking* ranking_by(Figure figure) const;
    /// The first of this pair; null if there is none.
    const Cost* cost_of(Cost::Pair pair) const;
};

/// With ratios to the baseline that `choose_baseline` chooses.
PointSummary summarise_point(std::span<const ServerResult> rows, std::string_view baseline, const Cores& cores);

}  // namespace iomux::compare
