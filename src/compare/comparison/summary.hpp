#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "compare/measure/server_result.hpp"
#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

/// A figure of each round, in their order; nothing for one that was not measured.
template <class Figure>
std::vector<std::optional<double>> each_round(const ServerResult& row, Figure figure) {
    std::vector<std::optional<double>> values;
    values.reserve(row.rounds.size());
    for (const std::optional<Round>& round : row.rounds)
        values.push_back(round ? std::optional<double>(std::invoke(figure, *round)) : std::nullopt);
    return values;
}

/// The figure of those rounds that have it.
template <class Figure>
std::vector<double> known_in_rounds(const ServerResult& row, Figure figure) {
    std::vector<double> values;
    for (const std::optional<double>& value : each_round(row, figure))
        if (value) values.push_back(*value);
    return values;
}

/// So sure are intervals and verdicts: of twenty, one is wrong by chance.
inline constexpr double confidence = 0.95;

/// What can be said of a ratio to the baseline.
enum class Verdict {
    too_few_rounds,  ///< Not even rounds that all agree would be enough.
    no_difference,   ///< None that could not be chance.
    less,
    more,
};

/// `too few rounds`, `no difference`, `less`, `more`
std::string_view name_of(Verdict verdict);

/// Of a figure to the baseline's.
struct Ratio {
    double value;                      ///< The median of the ratios within each round.
    std::optional<Interval> interval;  ///< Of that median; nothing of too few rounds.
    /// How likely ratios as uneven as these are where there is no difference, corrected for all rows of the table.
    double p = 1;
    Verdict verdict = Verdict::too_few_rounds;
    std::size_t outliers = 0;  ///< Rounds whose ratio is far from the others. They count like the others.
};

/// The server of that title, `minimal` where none is named, or the first one that has all its rounds where that one has
/// not. Null: none has.
const ServerResult* choose_baseline(std::span<const ServerResult> rows, std::string_view baseline);

/// The fewest rounds that can tell for sure of so many servers, the baseline among them, that they differ from it.
std::size_t rounds_to_tell(std::size_t servers);

/// CPU a message, divided by the baseline's, in each round that both have.
std::vector<double> ratios_in_rounds(const ServerResult& row, const ServerResult& baseline);

/// What had no time left while the rate was measured.
enum class Limit { nothing, server, generator, both };

std::string_view name_of(Limit limit);

/// A server's rounds in one figure each: medians.
struct Medians {
    double messages_per_second = 0;
    double cpu_us_a_message = 0;
    std::optional<Ratio> ratio;             ///< Of CPU a message; nothing where no round is common.
    std::optional<double> p50, p99, p99_9;  ///< Microseconds.
    std::size_t starved = 0;                ///< Clients that were never answered: the most of a round.
    double load_cpu_share = 0;
    double server_cpu_share = 0;
    double context_switches_a_message = 0;
    std::optional<double> user_us_a_message, system_us_a_message;  ///< See `Round`.
    std::optional<double> core_softirq_us_a_message;
    std::optional<double> events_a_wait;
    /// By Little's law, the messages on their way are rate × mean latency: what that gives, as a share of those that
    /// there were (1: it holds). Nothing where nothing is answered, or their number is not fixed.
    std::optional<double> in_flight_ratio;
    std::optional<double> unsent_share;  ///< See `Round`.
};

/// Whose cores were busy. Nothing where both share them: then neither is the limit alone.
std::optional<Limit> limit_of(const ServerResult& row, const Medians& medians, const Cores& cores);

/// Whether what the generator says of rates and latencies agrees with itself, within 5 %.
bool holds_littles_law(const Medians& medians);
/// Whether all but 1 % of what was due in an open loop could be sent.
bool keeps_the_rate(const Medians& medians);

/// Whether this is `minimal`.
bool is_the_floor(const ServerSpec& spec);

struct Summary {
    const ServerResult* baseline = nullptr;  ///< What ratios are to; null: no server has all its rounds.
    std::span<const ServerResult> rows;
    std::vector<std::optional<Medians>> medians;  ///< One a row; nothing for a server that failed or was skipped.

    /// Those of one of the rows.
    const std::optional<Medians>& of(const ServerResult& row) const {
        return medians[static_cast<std::size_t>(&row - rows.data())];
    }
};

/// Against the baseline that `choose_baseline` chooses. The summary points into the rows.
Summary summarise(std::span<const ServerResult> rows, std::string_view baseline = {});

}  // namespace iomux::compare
