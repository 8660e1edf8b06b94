#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/profile/sampled_session.hpp"
#include "compare/statistics/bootstrap.hpp"

namespace iomux::compare {

/// The confidence level of intervals, and of the verdict on parts.
inline constexpr double level_of_parts = 0.95;

/// The CPU time per message that a function takes in a part, in microseconds; for each server.
struct FunctionCost {
    std::string name;
    std::vector<double> us;
};

/// A part of the CPU time per message, in microseconds.
struct PartCost {
    Part part;
    std::vector<double> us;  ///< For each server: the mean over sessions.
    /// Of two servers: the second minus the first.
    std::optional<MeanEstimate> difference = {};
    /// The difference is significant after correcting for the number of parts (Holm): of all servers, if several are
    /// compared with one.
    bool told_apart = false;
    /// Those that take most; of two servers, those that contribute most to the difference.
    std::vector<FunctionCost> functions = {};

    double difference_us() const { return difference ? difference->mean : 0; }
};

/// All parts of one server or of two.
struct PartsSummary {
    std::vector<PartCost> parts;  ///< The largest first: by the difference, if there are two servers.
    /// Of two servers: the differences of the parts that are not told apart, added up.
    std::optional<MeanEstimate> not_told_apart = {};
    /// Of two servers: the difference of all parts, added up.
    std::optional<MeanEstimate> difference = {};
};

/// Summarises sessions of samples. Each session has a profile for each of the servers, in the same order.
PartsSummary summarise_parts(std::span<const std::vector<SessionProfile>> sessions);

/// The same for several servers that are each compared with the same one: for each, its sessions with that one.
std::vector<PartsSummary> summarise_parts_together(
    std::span<const std::vector<std::vector<SessionProfile>>> sessions_of_pairs);

}  // namespace iomux::compare
