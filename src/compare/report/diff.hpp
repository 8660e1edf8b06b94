#pragma once

#include <string>
#include <vector>

#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// A figure of a server at a point, then and now.
struct Change {
    std::string scenario;
    std::string point;
    std::string server;
    Figure figure;
    bool is_ratio;  ///< Of CPU time: to a baseline that both have, which cancels what is another on the machine now.
    double before;  ///< Medians of the rounds.
    double after;
    /// How likely values as far apart are where nothing has changed (rank-sum test), corrected for all that is
    /// compared in the scenario; and the least that so many rounds could have.
    double p = 1;
    double least_p = 0;

    double growth() const { return after / before - 1; }
    /// By how much it has become worse: more, or less of messages a second. Negative where it is better.
    double worsening() const { return figure == Figure::rate ? before / after - 1 : growth(); }
    bool is_beyond_noise() const;
    bool could_be_told() const;
};

struct Diff {
    std::vector<Change> changes;            ///< All that both have, whether beyond noise or not.
    std::vector<std::string> incomparable;  ///< What only one of them has, and works that differ: for people.
    bool a_server_fails_now = false;        ///< Which was measured then.
    std::vector<std::string> environment;   ///< What else is another: `kernel: Linux 6.1, now Linux 6.18`.

    /// Whether any change could be beyond noise.
    bool tells_something() const;
};

Diff difference(const Results& before, const Results& after);

/// For people: what has changed, a table a point, and how much has not.
std::string text_of(const Diff& diff, const Terminal& terminal);

}  // namespace iomux::compare
