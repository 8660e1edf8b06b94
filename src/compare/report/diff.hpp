#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// A figure of a server at a point, in the old and in the new results.
struct Change {
    std::string scenario;
    std::string point;
    std::string server;
    Figure figure;
    bool is_ratio;  ///< CPU relative to a baseline that both results have; this cancels changes of the machine.
    double before;  ///< Medians of the rounds.
    double after;
    /// The probability of values at least this far apart if nothing has changed (rank-sum test), corrected for the
    /// number of figures in the scenario; and the lowest that this many rounds can have.
    double p = 1;
    double least_p = 0;
    std::size_t repetitions = 0;  ///< The rounds or sessions of the result with fewer of them.

    double growth() const { return after / before - 1; }
    /// How much worse the new value is: higher, or lower for messages per second. Negative if it is better.
    double worsening() const { return figure == Figure::rate ? before / after - 1 : growth(); }
    bool is_significant() const;
    bool could_be_significant() const;
};

struct Diff {
    std::vector<Change> changes;            ///< Of all figures that both results have.
    std::vector<std::string> incomparable;  ///< What only one of them has, and different loads, as text.
    bool has_new_failure = false;           ///< And was measured in the old results.
    std::vector<std::string> environment;   ///< Differences: `kernel: Linux 6.1, now Linux 6.18`.
    std::size_t needed_rounds = 2;          ///< With as many in both results, every figure could change significantly.
    std::vector<std::string> notes;         ///< Sentences: incomplete results, and different ways to measure.
    std::string no_common_scenario;         ///< A sentence; empty if both results have one in common.
    bool has_common_server = false;         ///< A server that was measured under the same load in both results.
    bool in_sessions = false, in_rounds = false;  ///< What the compared servers were measured in.

    /// Whether there are enough rounds for any change to be significant.
    bool has_enough_rounds() const;
    /// `sessions`, `rounds`, `sessions or rounds`
    std::string_view unit() const;
    /// Why `--max-regression` cannot be checked, and what to do; empty if it can.
    std::string why_unchecked() const;
};

Diff difference(const Results& before, const Results& after);

/// A table of the significant changes per point, and how many figures did not change.
std::string text_of(const Diff& diff, const Terminal& terminal);

}  // namespace iomux::compare
