#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compare/comparison.hpp"

namespace iomux::compare {

/// A server's rounds in one figure each: medians.
struct Medians {
    double messages_per_second = 0;
    double cpu_us_a_message = 0;
    std::optional<double> ratio;            ///< Of CPU a message to the baseline's, paired by round.
    std::optional<double> p50, p99, p99_9;  ///< Microseconds.
    std::size_t starved = 0;                ///< Clients that were never answered: the most of a round.
    double load_cpu_share = 0;
    double server_cpu_share = 0;
};

/// The load generator had no time left on its core while the server had on those that it can use: the rate is the
/// generator's. Where both share a core neither is the limit alone.
bool generator_was_the_limit(const Row& row, const Medians& medians, const Cores& cores);

/// Whether this is `minimal`.
bool is_the_floor(const Contestant& contestant);

struct Summary {
    const Row* baseline = nullptr;                ///< What ratios are to; null: no server has all its rounds.
    std::vector<std::optional<Medians>> medians;  ///< One a row; nothing for a server that failed or was skipped.
};

/// The baseline is `minimal`, or the first server that has all its rounds where `minimal` has not.
/// The summary points into the rows.
Summary summarise(std::span<const Row> rows);

}  // namespace iomux::compare
