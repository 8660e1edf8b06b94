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

/// When the comparison ends.
struct Plan {
    std::size_t least_rounds = 10;
    std::size_t most_rounds = 10;
    /// After the minimum: end when every ratio to the baseline is known to within this share (0.02: ±2 %).
    std::optional<double> precision = {};
    /// After the minimum: end when another round would not finish within this time since the beginning.
    std::optional<std::chrono::nanoseconds> budget = {};
    std::uint32_t seed = 0;  ///< For the order of the servers in each round.
    std::string baseline;    ///< The title of the server that all others are compared with; empty: minimal.
};

/// Measures every server in every round, in a different order each time. Changes of the machine over time therefore
/// affect all servers, and no server always runs after the same other server. A server that fails is left out of later
/// rounds, and the others continue. Throws Interrupted.
std::vector<ServerResult> compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan,
                                  Progress& progress);

}  // namespace iomux::compare
