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

/// What is measured of the bare mechanisms, without sockets or servers.
struct MonitorPlan {
    std::vector<std::size_t> descriptors{10, 100, 1'000, 10'000};  ///< Ascending.
    std::vector<double> shares{0.01, 0.1, 0.3, 1};                 ///< Ascending.
    std::size_t shared_descriptors = 100;                          ///< Of which these shares are ready.
    std::size_t rounds = 15;
    /// Processor time that a mechanism is measured for in a round, after as long to warm up.
    std::chrono::nanoseconds turn = std::chrono::milliseconds(10);
    std::uint32_t seed = 1;  ///< Of the order in each round, and of which descriptors are ready.

    /// For those who cannot wait: some two seconds.
    static MonitorPlan quick();
};

/// Either the median of the rounds, and where it is to be held to lie (95 %), or why there is none.
struct MonitorFigure {
    std::string mechanism;
    std::optional<double> median;
    std::optional<Interval> interval;  ///< Nothing where the rounds were too few.
    std::string not_measured;
};

/// The Linux Programming Interface, table 63-9: of N descriptors, one at random is made ready, one wait finds it, and
/// it is read. µs of processor time for the three.
struct MonitorPoint {
    std::size_t descriptors;
    std::vector<MonitorFigure> mechanisms;
};

/// Of N descriptors a share is ready, and stays so: ns of processor time of a wait, divided by the events that it
/// reports. Only of mechanisms that report what stays ready again.
struct ActivePoint {
    std::size_t descriptors;
    double share;
    std::vector<MonitorFigure> mechanisms;
};

struct MonitorResult {
    std::vector<MonitorPoint> points;
    std::vector<ActivePoint> active;
};

/// Measures in the calling thread, all mechanisms in turns and in another order in each round. Opens as many eventfds
/// as the most descriptors that are asked for, and raises the soft limit for it (RLIMIT_NOFILE): what is beyond the
/// hard one is not measured. `on_round` is called before each round, from 1 on.
/// Throws std::system_error and Interrupted.
MonitorResult measure_monitor(const MonitorPlan& plan, const std::function<void(std::size_t round)>& on_round);

/// The median of one mechanism among those of a point; nothing where there is none.
std::optional<double> median_of(const std::vector<MonitorFigure>& figures, std::string_view mechanism);

/// What an operation costs more with the most descriptors than with the fewest.
struct Growth {
    std::size_t from;
    std::size_t to;
    double factor;
};
/// Nothing where fewer than two points have a figure.
std::optional<Growth> growth_of(const MonitorResult& result, std::string_view mechanism);

/// What each further descriptor adds to an operation, in µs, between two numbers of descriptors.
struct Slope {
    std::size_t from;
    std::size_t to;
    double us_a_descriptor;
};
/// Between each two neighbours of the points that have a figure. Where the cost is linear they are all alike, whatever
/// the part of it that does not depend on the descriptors.
std::vector<Slope> slopes_of(const MonitorResult& result, std::string_view mechanism);

/// The least share that was measured from which on, up to the greatest, an event costs `one` less than `other`.
/// Nothing where it costs more even at the greatest.
std::optional<double> share_where_cheaper(const MonitorResult& result, std::string_view one, std::string_view other);

}  // namespace iomux::compare
