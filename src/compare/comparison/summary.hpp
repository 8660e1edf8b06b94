#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "compare/measure/server_result.hpp"
#include "compare/statistics/sessions.hpp"
#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

/// The figure in each round, in order; nothing for a round that was not measured.
template <class Figure>
std::vector<std::optional<double>> each_round(const ServerResult& row, Figure figure) {
    std::vector<std::optional<double>> values;
    values.reserve(row.rounds.size());
    for (const std::optional<Round>& round : row.rounds)
        values.push_back(round ? std::optional<double>(std::invoke(figure, *round)) : std::nullopt);
    return values;
}

/// The figure in all rounds that have it.
template <class Figure>
std::vector<double> known_in_rounds(const ServerResult& row, Figure figure) {
    std::vector<double> values;
    for (const std::optional<double>& value : each_round(row, figure))
        if (value) values.push_back(*value);
    return values;
}

/// A time in microseconds, and the messages in which it was spent.
struct PerMessage {
    double us = 0;
    double messages = 0;
};

/// The sums over all rounds that have the figure, which is a time per message in microseconds.
template <class Figure>
PerMessage per_message_in_rounds(const ServerResult& row, Figure figure) {
    PerMessage all;
    for (const std::optional<Round>& round : row.rounds) {
        if (!round) continue;
        const std::optional<double> us = std::invoke(figure, *round);
        if (!us) continue;
        all.us += *us * round->messages;
        all.messages += round->messages;
    }
    return all;
}

/// The confidence level of intervals and verdicts: by chance, 1 in 20 is wrong.
inline constexpr double confidence = 0.95;

/// The verdict on a ratio to the baseline.
enum class Verdict {
    baseline,        ///< It is the baseline itself, whose ratio is 1 by definition.
    too_few,         ///< Too few rounds or sessions to tell, even if all of them agreed.
    not_told_apart,  ///< The difference may be chance. This does not mean that the servers are equal.
    less,            ///< Significantly less than the baseline.
    more,            ///< Significantly more than the baseline.
};

/// `baseline`, `too few to tell`, `not told apart`, `less`, `more`
std::string_view name_of(Verdict verdict);

/// Two costs are called the same if the whole confidence interval of their ratio is within this distance from 1.
inline constexpr double sameness = 0.02;

/// Whether they are: not told apart is not enough, because a wide interval may hide a difference.
bool is_the_same(Verdict verdict, const std::optional<Interval>& interval);

/// What makes a ratio from sessions doubtful.
struct RatioWarning {
    enum class Kind {
        bursts,           ///< The ratio of all CPU time is another than that of trimmed means.
        groups,           ///< The sessions fall into two groups.
        autocorrelation,  ///< Each session resembles the one before it.
        trend,            ///< The ratio changes within a session.
    };
    Kind kind = Kind::bursts;
    /// Of bursts: the ratio of all CPU time. Of groups: the gap between them, as a share. Of autocorrelation: its
    /// coefficient. Of a trend: the change from the first cycle to the last one, as a share.
    double value = 0;
};

/// `bursts`, `groups`, `autocorrelation`, `trend`
std::string_view name_of(RatioWarning::Kind kind);

/// The CPU time per message of a server, divided by another's: the baseline's, in most cases.
///
/// From sessions: `ratio_from_sessions`, and the p-value is that of its t-test. From windows: the median of the ratios
/// within each round, `median_interval`, and the p-value of the signed-rank test.
struct Ratio {
    double value;
    std::optional<Interval> interval;  ///< The confidence interval; nothing if there are too few sessions or rounds.
    /// How likely a difference like this is between equal servers. Of a ratio to the baseline: corrected for the number
    /// of servers (Holm's method).
    double p = 1;
    Verdict verdict = Verdict::too_few;
    std::size_t outliers = 0;  ///< Sessions or rounds whose ratio is far from the others'. They are included above.
    /// From sessions: the ratio of a session that is one standard deviation above the mean, divided by the mean. A
    /// server can differ from one start to the next.
    std::optional<double> spread = {};
    std::vector<RatioWarning> warnings = {};  ///< Of a ratio to the baseline.
};

/// The server with this title, or `minimal` if the title is empty. If that server has not completed all rounds: the
/// first server that has. Null if there is none.
const ServerResult* choose_baseline(std::span<const ServerResult> rows, std::string_view baseline);

/// How many rounds a comparison of this many servers needs so that a difference can be significant. The baseline is one
/// of the servers.
std::size_t rounds_for_significance(std::size_t servers);

/// ln(CPU time per message ÷ the other server's) in each session or round that both completed. Of a session, it is
/// `session_estimate`; of a round, it has no error.
std::vector<SessionEstimate> log_ratios(const ServerResult& row, const ServerResult& other);

/// The ratio of two servers that were measured together, with a verdict on these two alone. Nothing if they have no
/// complete round or session in common.
std::optional<Ratio> ratio_between(const ServerResult& row, const ServerResult& other);

/// A ratio, and the number of rounds (or sessions) that it is from.
struct Judged {
    Ratio* ratio;
    std::size_t rounds;
};

/// Sets the verdicts on several ratios, whose p-values it corrects for their number (Holm): with many ratios, one would
/// differ by chance, so the more there are, the stronger the evidence for each must be.
void judge_together(std::span<const Judged> all);

/// Whether each round has enough messages for this percentile of its own (`load::least_count_for`).
bool has_percentile_in_each_round(const ServerResult& row, double percent);

/// Whether every ratio to the baseline is as precise as the plan wants. This checks only the widths of the intervals,
/// because the tests of a whole summary take as long as a round if there are hundreds of rounds.
bool are_precise(const std::vector<ServerResult>& rows, std::string_view baseline, double precision);

/// What limited the throughput: the server or the load generator is a limit if its cores were busy all the time.
enum class Limit { nothing, server, generator, both };

/// `nothing`, `server`, `generator`, `both`
std::string_view name_of(Limit limit);

/// The results of a server: the median over its rounds for each figure.
struct Medians {
    double messages_per_second = 0;
    double cpu_us_per_message = 0;
    std::optional<Ratio> ratio;  ///< Nothing if no round was completed by this server and the baseline.
    /// Microseconds. If some rounds have too few messages for a percentile of their own (`load::least_count_for`), it
    /// is that of the messages of all rounds together; nothing if these are too few as well.
    std::optional<double> p50, p99, p99_9;
    std::size_t starved = 0;  ///< Clients that were never answered, in the worst round.
    double load_cpu_share = 0;
    double server_cpu_share = 0;
    double context_switches_per_message = 0;
    /// Of all rounds together; see `Round`.
    std::optional<double> user_us_per_message, system_us_per_message, core_softirq_us_per_message;
    std::optional<double> events_per_wait;
    /// By Little's law, the number of messages in flight is rate × mean latency. This is that product divided by the
    /// actual number (1: the law holds). Nothing if there are no answers, or if the number in flight is not fixed.
    std::optional<double> in_flight_ratio;
    std::optional<double> unsent_share;  ///< See `Round`.
};

/// Nothing if it is unknown: the server and the load generator share cores, or the server stays on its own
/// (`--attach`).
std::optional<Limit> limit_of(const ServerResult& row, const Medians& medians, const Cores& cores);

/// Whether the generator's rate and latency are consistent by Little's law, within 5 %.
bool holds_littles_law(const Medians& medians);
/// Whether at most 1 % of the scheduled messages of an open loop could not be sent.
bool keeps_the_rate(const Medians& medians);

/// Whether this is `minimal`.
bool is_minimal(const ServerSpec& spec);

/// The medians of all servers under one load.
struct Summary {
    const ServerResult* baseline = nullptr;  ///< Null if no server has completed all rounds.
    std::span<const ServerResult> rows;
    std::vector<std::optional<Medians>> medians;  ///< One per row; nothing for a server that failed or was skipped.

    /// The medians of one of the rows.
    const std::optional<Medians>& of(const ServerResult& row) const {
        return medians[static_cast<std::size_t>(&row - rows.data())];
    }
};

/// Summarises the rows against the baseline of `choose_baseline`. The summary points into the rows.
Summary summarise(std::span<const ServerResult> rows, std::string_view baseline = {});

}  // namespace iomux::compare
