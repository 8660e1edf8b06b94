#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/measure/progress.hpp"
#include "compare/measure/server_result.hpp"

namespace iomux::compare {

/// How many rounds there are.
struct Plan {
    std::size_t least_rounds = 10;
    std::size_t most_rounds = 10;
    /// Above the least: until every ratio to the baseline is known to within so much of it (0.02: 2 % up and down).
    std::optional<double> precision = {};
    /// Above the least: as long as another round will end within that time of the beginning.
    std::optional<std::chrono::nanoseconds> budget = {};
    std::uint32_t seed = 0;  ///< Of the servers' order in each round.
    std::string baseline;    ///< The title of the server that ratios are to; empty: minimal.
};

/// Asks every server in every round, in another order each time: what changes on the machine with time changes for all,
/// and nobody is always the one that comes after a certain other.
/// A server that fails is left out from then on, and the others go on. Throws Interrupted.
std::vector<ServerResult> compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan,
                                  Progress& progress);

}  // namespace iomux::compare
