#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/results/results.hpp"
#include "compare/statistics/sessions.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// A figure of a server at a point, divided by the baseline's in the same session or round: in the old and in the new
/// results. Absolute figures are not compared, because the machine differs from run to run.
struct Change {
    std::string scenario;
    std::string point;
    std::string server;
    Figure figure;
    RatioEstimate before;
    RatioEstimate after;
    RatioChange change;  ///< Its p-value is corrected for the number of ratios in the scenario (Holm).

    /// `throughput, 10 connections`
    std::string place() const;
    /// `+2.1 % [+0.5 to +3.7]`
    std::string text() const;
    /// How much worse the new ratio is: higher, or lower for messages per second. Negative if it is better.
    double worsening() const;
    /// The worst that the interval allows.
    double worst() const;
    bool is_significant() const;
};

/// Something that cannot be compared.
struct NotCompared {
    enum class Kind {
        new_only,  ///< The old results do not have it. This is no failure.
        lost,      ///< The old results have it, but it cannot be compared.
        failure,   ///< The old results have it, and it failed in the new ones.
    };
    Kind kind;
    std::string text;
};

struct Diff {
    std::vector<Change> changes;
    std::vector<NotCompared> not_compared;
    std::vector<std::string> environment;          ///< Differences: `kernel: Linux 6.1, now Linux 6.18`.
    std::vector<std::string> notes;                ///< Sentences: incomplete results, different baselines.
    std::vector<std::string> baselines;            ///< The titles of the servers that ratios are relative to.
    std::vector<std::string_view> once;            ///< The figures that are measured once and therefore not compared.
    std::string no_common_scenario;                ///< A sentence; empty if both results have one in common.
    bool has_common_server = false;                ///< A server that was measured under the same load in both results.
    bool in_sessions = false, in_windows = false;  ///< What the ratios were measured in.

    /// Whether there are ratios, and everything in the old results was compared.
    bool is_complete() const;
};

/// `CPU`, `msgs/s`, `p99`
std::string_view ratio_title(Figure figure);

Diff difference(const Results& before, const Results& after);

/// A table of the ratios for each point, and what was not compared. If there are many, only those that changed
/// significantly are listed.
std::string text_of(const Diff& diff, const Terminal& terminal);

}  // namespace iomux::compare
