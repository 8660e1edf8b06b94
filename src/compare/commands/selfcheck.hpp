#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "compare/comparison/summary.hpp"
#include "compare/measure/progress.hpp"
#include "compare/process/cores.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// How the comparison is tried on what is known beforehand.
struct SelfCheckPlan {
    std::size_t comparisons = 3;  ///< Of each kind.
    /// For a comparison of a server with itself, and of one that is slowed with one that is not.
    std::chrono::nanoseconds alike_budget = std::chrono::seconds(20);
    std::chrono::nanoseconds slowed_budget = std::chrono::seconds(60);
    double slowed_by = 0.05;  ///< As a share of the CPU time a message.
    /// Messages a second: a third of a core's time. With fewer a window has less to count, and more of it is waking up.
    double rate = 30000;
    std::uint32_t seed = 0;
};

/// What came of one comparison of two servers.
struct Trial {
    bool slowed;  ///< Otherwise the two are the same.
    Ratio ratio;

    bool is_right() const { return ratio.verdict == (slowed ? Verdict::more : Verdict::no_difference); }
};

struct SelfCheck {
    double cpu_us_a_message;         ///< Of the server, before.
    std::chrono::nanoseconds added;  ///< Spun a message in the one that is slowed.
    std::vector<Trial> trials;

    /// Nine of ten of each kind are right: an interval of 95 % may be wrong once in twenty.
    bool passes() const;
};

/// Compares `epoll` with itself, and with one that spins a little longer for each message, at a fixed rate.
/// Throws std::runtime_error where it cannot be measured, and Interrupted.
SelfCheck self_check(const ServerSpec& epoll, const Cores& cores, const SelfCheckPlan& plan, Progress& progress);

/// For people: a line a comparison, and how many were right.
std::string text_of(const SelfCheck& check, const SelfCheckPlan& plan, const Terminal& terminal);

}  // namespace iomux::compare
