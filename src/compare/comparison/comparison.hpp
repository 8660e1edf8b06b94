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

/// When a comparison ends, in which order it measures the servers, and which of them is the baseline.
struct Plan {
    std::size_t least_rounds = 10;
    std::size_t most_rounds = 10;
    /// After the minimum: end when the confidence interval of every ratio to the baseline is at most this wide on
    /// either side, as a share of the ratio (0.02: ±2 %).
    std::optional<double> precision = {};
    /// After the minimum: end when the next round is not expected to finish within this time since the beginning.
    std::optional<std::chrono::nanoseconds> budget = {};
    std::uint32_t seed = 0;  ///< For the order of the servers in each round.
    std::string baseline;    ///< The title of the server that all others are compared with; empty: minimal.
};

/// In each round, measures every server once, in a random order. So if the machine becomes faster or slower meanwhile,
/// all servers are affected alike, and no server always follows the same other one. A server that fails is not measured
/// in later rounds; the others are. Throws Interrupted.
std::vector<ServerResult> compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan,
                                  Progress& progress);

}  // namespace iomux::compare
