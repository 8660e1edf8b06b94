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

/// How the comparison is tested with servers whose difference is known.
struct SelfCheckPlan {
    std::size_t comparisons = 3;  ///< Of each kind: with the same server twice, and with a slowed server.
    std::chrono::nanoseconds alike_budget = std::chrono::seconds(20);   ///< Per comparison of the same server.
    std::chrono::nanoseconds slowed_budget = std::chrono::seconds(60);  ///< Per comparison with the slowed server.
    double slowed_by = 0.05;                                            ///< As a share of the CPU per message.
    /// Messages per second. They take about a third of a core. At lower rates there are fewer messages per round, and
    /// waking up takes a larger share of the CPU time.
    double rate = 30000;
    std::uint32_t seed = 0;
};

/// The result of one comparison of two servers.
struct Trial {
    bool slowed;  ///< Otherwise both are the same server.
    Ratio ratio;

    bool is_right() const { return ratio.verdict == (slowed ? Verdict::more : Verdict::not_told_apart); }
};

struct SelfCheck {
    double cpu_us_per_message;       ///< CPU per message of the server without slowing.
    std::chrono::nanoseconds added;  ///< CPU time that the slowed server adds per message.
    std::vector<Trial> trials;

    /// Whether 9 of 10 comparisons of each kind are right. A 95 % confidence interval is wrong once in 20 times.
    bool passes() const;
};

/// Compares `epoll` with itself, and with an `epoll` that busy-waits for each message, at a fixed rate.
/// Throws std::runtime_error if a measurement fails, and Interrupted.
SelfCheck self_check(const ServerSpec& epoll, const Cores& cores, const SelfCheckPlan& plan, Progress& progress);

/// A table with a line per comparison, and how many verdicts were right.
std::string text_of(const SelfCheck& check, const SelfCheckPlan& plan, const Terminal& terminal);

}  // namespace iomux::compare
