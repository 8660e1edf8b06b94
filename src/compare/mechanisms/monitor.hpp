#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

/// A measurement of the kernel's mechanisms alone, without sockets or servers.
struct MonitorPlan {
    std::vector<std::size_t> descriptors{10, 100, 1'000, 10'000};  ///< Ascending.
    std::vector<double> shares{0.01, 0.1, 0.3, 1};                 ///< Ascending.
    std::size_t shared_descriptors = 100;                          ///< The number of descriptors for `shares`.
    std::size_t rounds = 15;
    /// CPU time for each mechanism in a round, after a warm-up of the same length.
    std::chrono::nanoseconds turn = std::chrono::milliseconds(10);
    std::uint32_t seed =
        1;  ///< For the order of the mechanisms in each round, and the choice of the ready descriptors.

    /// A short measurement: about two seconds.
    static MonitorPlan quick();
};

/// Either the median over the rounds with its 95 % confidence interval, or the reason why there is none.
struct MonitorFigure {
    std::string mechanism;
    std::optional<double> median;
    std::optional<Interval> interval;  ///< Nothing if there were too few rounds.
    std::string not_measured;
};

/// CPU time in µs of one operation, as in table 63-9 of The Linux Programming Interface: one random descriptor of N
/// becomes ready, one wait finds it, and it is read.
struct MonitorPoint {
    std::size_t descriptors;
    std::vector<MonitorFigure> mechanisms;
};

/// A share of N descriptors is ready and stays ready. The figure is the CPU time of a wait in ns, divided by the
/// number of events it reports. Measured only for mechanisms that report a descriptor again while it stays ready.
struct ActivePoint {
    std::size_t descriptors;
    double share;
    std::vector<MonitorFigure> mechanisms;
};

struct MonitorResult {
    std::vector<MonitorPoint> points;
    std::vector<ActivePoint> active;
};

struct MonitorRun {
    MonitorResult result;
    bool interrupted = false;  ///< The result is that of the rounds that were complete.
};

/// Measures in the calling thread. The mechanisms take turns, in a different order in each round. Opens as many
/// eventfds as the largest number of descriptors in the plan, and raises the soft limit (RLIMIT_NOFILE) for them.
/// Points beyond the hard limit are not measured. Calls `on_round` before each round, with numbers from 1. Throws
/// std::system_error.
MonitorRun measure_monitor(const MonitorPlan& plan, const std::function<void(std::size_t round)>& on_round);

/// Whether any mechanism was measured.
bool has_figures(const MonitorResult& result);

/// The median of one mechanism among the figures; nothing if it has none.
std::optional<double> median_of(const std::vector<MonitorFigure>& figures, std::string_view mechanism);

/// The ratio of the cost of an operation with the most descriptors to the cost with the fewest.
struct Growth {
    std::size_t from;
    std::size_t to;
    double factor;
};
/// Nothing if fewer than two points have a figure.
std::optional<Growth> growth_of(const MonitorResult& result, std::string_view mechanism);

/// The cost in µs that each additional descriptor adds to an operation, between two numbers of descriptors.
struct Slope {
    std::size_t from;
    std::size_t to;
    double us_per_descriptor;
};
/// One slope between each two neighbouring points that have a figure. If the cost is linear, all slopes are equal,
/// whatever the constant part of the cost is.
std::vector<Slope> slopes_of(const MonitorResult& result, std::string_view mechanism);

/// The smallest measured share from which on an event costs less with `one` than with `other`, at all larger shares
/// too. Nothing if `one` is more expensive even at the largest share.
std::optional<double> share_where_cheaper(const MonitorResult& result, std::string_view one, std::string_view other);

}  // namespace iomux::compare
