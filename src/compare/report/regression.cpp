#include "compare/report/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace iomux::compare {
namespace {

// A line for each point with such ratios: `Worse by more than 5 %: throughput, 1 connection: epoll CPU +7.1 % […].`
template <class Holds>
std::string lines_of(const Diff& diff, std::string_view what, Holds holds) {
    std::vector<std::pair<std::string, std::vector<std::string>>> points;
    for (const Change& change : diff.changes) {
        if (!holds(change)) continue;
        if (points.empty() || points.back().first != change.place())
            points.emplace_back(change.place(), std::vector<std::string>{});
        points.back().second.push_back(
            fmt::format("{} {} {}", change.server, ratio_title(change.figure), change.text()));
    }
    std::string text;
    for (const auto& [place, ratios] : points)
        text += fmt::format("{}: {}: {}.\n", what, place, fmt::join(ratios, ", "));
    return text;
}

bool has_failure(const Diff& diff) {
    return std::ranges::find(diff.not_compared, NotCompared::Kind::failure, &NotCompared::kind) !=
           diff.not_compared.end();
}

constexpr std::string_view incomplete = "Inconclusive: not everything in the old results was compared.\n";

}  // namespace

Judgement judge(const Diff& diff, std::optional<double> most) {
    if (!most)
        return diff.is_complete() ? Judgement{Outcome::success, ""}
                                  : Judgement{Outcome::inconclusive, std::string(incomplete)};
    const std::string limit = fmt::format("{:g} %", *most * 100);
    const auto is_worse = [&](const Change& change) { return change.is_significant() && change.worsening() > *most; };
    const auto may_be_worse = [&](const Change& change) { return !is_worse(change) && change.worst() > *most; };
    const std::string worse = lines_of(diff, fmt::format("Worse by more than {}", limit), is_worse);
    const std::string unclear = lines_of(diff, fmt::format("May be worse by more than {}", limit), may_be_worse);
    std::string text = worse + unclear;
    if (!worse.empty() || has_failure(diff)) {
        text += fmt::format("Regression: {}.\n", worse.empty() ? "a server now fails"
                                                               : "a change for the worse is significant, and larger "
                                                                 "than " +
                                                                     limit);
        return {Outcome::regression, text};
    }
    if (!unclear.empty())
        text += fmt::format(
            "Inconclusive: an interval reaches beyond {}. Measure more sessions or rounds in both runs, or both builds "
            "in one run (see diff --help).\n",
            limit);
    if (!diff.is_complete()) text += incomplete;
    if (!text.empty()) return {Outcome::inconclusive, text};
    return {Outcome::success,
            fmt::format("No regression: every interval excludes a change for the worse by more than {}.\n", limit)};
}

}  // namespace iomux::compare
