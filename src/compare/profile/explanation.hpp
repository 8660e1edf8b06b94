#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compare/comparison/comparison.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/profile/event_counters.hpp"
#include "compare/profile/stack_tree.hpp"
#include "compare/profile/summary_of_parts.hpp"

namespace iomux::compare {

/// What a server costs more or less than the baseline, per message.
struct BesideBaseline {
    std::optional<Ratio> ratio = {};              ///< As in a comparison, measured without sampling.
    std::optional<MeanEstimate> difference = {};  ///< In microseconds, measured without sampling.
    PartsSummary parts = {};                      ///< Of the baseline and of this server.
};

/// The cost of a server, and what its samples add up to.
struct ExplainedServer {
    ServerSpec spec;
    std::string title;
    std::optional<std::string> skipped = {};  ///< Why it was not measured.
    std::optional<std::string> failed = {};   ///< Why it could not be measured.
    /// CPU time per message in microseconds, measured without sampling.
    std::optional<MeanEstimate> cost = {};
    std::size_t samples = 0;
    double messages = 0;    ///< That were served while it was sampled.
    double sampled_us = 0;  ///< All samples, in microseconds per message: the sum of the parts.
    double metered_us = 0;  ///< The meter's figure for the same messages.
    double unknown_share = 0;
    HardwareCounts hardware = {};  ///< Per message.
    /// ln(CPU time per message with sampling ÷ without), both from the same sessions.
    std::optional<MeanEstimate> sampling_cost = {};
    /// CPU time per message in each line of this project's sources with all that is called there, in microseconds.
    std::map<SourceLine, double> lines = {};
    /// If all servers are explained: of all but the baseline.
    std::optional<BesideBaseline> beside_baseline = {};

    bool is_sampled() const { return samples > 0; }
};

/// Where the CPU time per message of one server goes, or the difference between two; or the differences of many servers
/// to one of them, the baseline.
struct Explanation {
    std::vector<ExplainedServer> servers;
    std::size_t sessions = 0;          ///< Without sampling.
    std::size_t sampled_sessions = 0;  ///< With sampling.
    std::chrono::nanoseconds slice{0};
    /// Of two servers: the second minus the first, measured without sampling.
    std::optional<MeanEstimate> difference = {};
    PartsSummary parts = {};                                 ///< Of one server or two.
    StackNode stacks = {};                                   ///< Of one server or two.
    std::map<StackFrame, std::vector<LineCost>> lines = {};  ///< Of the functions in the stacks.
    /// The place of the baseline, if all servers are explained and one of them could be measured.
    std::optional<std::size_t> baseline = {};
    bool explains_all = false;  ///< Many servers, each beside the baseline.
    MissedSamples missed = {};
    /// Why there are no hardware counts.
    std::optional<std::string> no_hardware_counts = {};
    bool interrupted = false;  ///< The figures are those that were complete before the interruption.

    /// Whether there is anything to show.
    bool has_figures() const { return sessions + sampled_sessions > 0; }
};

/// How long it takes.
struct ExplanationPlan {
    std::chrono::nanoseconds budget = std::chrono::seconds(30);
    std::optional<std::chrono::nanoseconds> slice = {};
    std::optional<std::chrono::nanoseconds> warmup = {};  ///< Of servers that are not of this project.
    std::uint32_t seed = 0;
    /// Explain all servers beside this one; empty: minimal. Nothing: explain one server, or two.
    std::optional<std::string> baseline = {};
};

/// Measures the servers in sessions, some without sampling and some with it, in turns. In each the servers take turns.
/// So a change of the machine's speed affects all alike. Two servers may be equal; the title of the second one then
/// says `(again)`. If one of two fails the measurement ends; of many, the others are measured on. Throws
/// std::runtime_error if it is not permitted, or if the work cannot be measured in sessions.
Explanation explain(const std::vector<ServerSpec>& specs, const TestSetup& setup, const ExplanationPlan& plan,
                    Progress& progress);

/// What makes the figures less certain, as sentences.
std::vector<std::string> warnings_on(const Explanation& explanation);

}  // namespace iomux::compare
