#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// `0.96 [0.94–0.98]`; without the interval if it is unknown.
std::string with_interval(double ratio, const std::optional<Interval>& interval);

/// With two significant digits: `4.5`, `36`, `120`.
std::string two_digits(double value);

/// The verdict on a cost, as tables print it: `baseline`, `cheaper`, `costlier`, `not told apart`, `too few to tell`.
std::string_view cost_word(Verdict verdict);
/// The same, or `the same within 2 %` instead of `not told apart` if `is_the_same`.
std::string cost_word(const Ratio& ratio);

/// `the same within 2 %`
std::string sameness_text();

/// `9 sessions of 10 slices of 20 ms`, `10 rounds of 0.4 s`; empty if there was none.
std::string repetitions_text(const Point& point);

/// `0.96 × [0.94–0.98]`; without the interval it says that there were too few measurements for one.
std::string times_text(double ratio, const std::optional<Interval>& interval);

/// If more servers are not told apart from the best one, they are counted instead of named.
inline constexpr std::size_t most_named_others = 2;

/// The best server, with those that are not told apart from it: `epoll or poll`, `epoll or one of 4 others`.
std::string best_text(const Ranking& ranking);

/// Those that are not told apart from a server: `epoll and poll`, `4 others`.
std::string others_text(const std::vector<std::string>& others);

/// `minimal, the baseline, is not ranked`; empty unless `minimal` was measured at this point.
std::string unranked_text(const Point& point);

/// Whether the two servers are not told apart.
bool is_in_doubt(const Cost& cost);
/// Then: how precise that is. `the same within 2 %`, `not told apart (±4 %)`, `too noisy to tell (±36 %)`
std::string doubt_text(const Cost& cost);

/// `callbacks, the cheapest Asio server, takes 1.14 × [1.11–1.18] the CPU time of epoll`
std::string cost_text(const Cost& cost);

/// The name and unit of the figure in tables: `CPU µs/msg`.
std::string_view title_of(Figure figure);

/// `Lowest CPU µs/msg`
std::string best_title(Figure figure);

/// Ended lines that explain the lines about these figures, as far as the points need it: "or", "certain" and "likely",
/// "too noisy to tell", and why `minimal` is not ranked.
std::string ranking_legend(std::span<const Point> points, std::span<const Figure> figures);

}  // namespace iomux::compare
