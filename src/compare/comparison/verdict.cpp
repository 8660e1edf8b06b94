#include "compare/comparison/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "compare/comparison/ranking_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// The cost of the costlier one over the cheaper one, of the only ranked server and the baseline.
std::optional<Cost> only_cost(std::span<const ServerResult> rows, const PointSummary& summary,
                              const std::string& title) {
    if (!summary.baseline) return std::nullopt;
    const ServerResult* const baseline = &rows[*summary.baseline];
    const auto only = std::ranges::find(rows, title, [](const ServerResult& row) { return row.spec.title(); });
    if (only == rows.end() || &*only == baseline) return std::nullopt;
    const std::optional<Medians>& medians = summary.servers[static_cast<std::size_t>(only - rows.begin())].medians;
    if (!medians || !medians->ratio) return std::nullopt;
    const Ratio& ratio = *medians->ratio;
    Cost cost{.server = only->spec.title(),
              .over = baseline->spec.title(),
              .value = ratio.value,
              .interval = ratio.interval,
              .verdict = ratio.verdict};
    if (cost.value >= 1) return cost;
    std::swap(cost.server, cost.over);
    cost.value = 1 / cost.value;
    if (cost.interval) cost.interval = Interval{1 / ratio.interval->high, 1 / ratio.interval->low};
    if (cost.verdict == Verdict::less) cost.verdict = Verdict::more;
    return cost;
}

// The costliest of the ranked servers over the cheapest one.
std::optional<Cost> extreme_cost(std::span<const ServerResult> rows, const PointSummary& summary,
                                 const Ranking& ranking) {
    if (ranking.order.size() == 1) return only_cost(rows, summary, ranking.best());
    const bool are_two = ranking.order.size() == 2;
    const Cost* const cost = summary.cost_of(are_two ? Cost::Pair::second_over_best : Cost::Pair::worst_over_best);
    return cost != nullptr ? std::optional(*cost) : std::nullopt;
}

// `5.7 ×`, `by 6 %`
std::string factor_text(double value) {
    constexpr double multiple = 1.5;
    return value >= multiple ? fmt::format("{} ×", two_digits(value))
                             : fmt::format("by {} %", two_digits(100 * (value - 1)));
}

// `epoll, poll and select`, `epoll and 4 others`
std::string all_text(const std::vector<std::string>& titles) {
    if (titles.size() > most_named_others + 1)
        return fmt::format("{} and {} others", titles.front(), titles.size() - 1);
    return fmt::format("{} and {}", fmt::join(titles.begin(), titles.end() - 1, ", "), titles.back());
}

std::string alike_text(const Ranking& ranking) {
    const std::vector<std::string>& others = ranking.not_told_apart;
    if (others.empty()) return "";
    return fmt::format(" Not told apart from {}: {}.", ranking.best(), others_text(others));
}

// How far the cost may be from 1, in per cent.
std::string bound_text(const Interval& interval) {
    return two_digits(100 * std::max(std::abs(interval.high - 1), std::abs(1 - interval.low)));
}

std::string sentence(const std::string& place, const Ranking& ranking, const Cost& cost, Strength strength) {
    const std::string all =
        ranking.order.size() > 2 ? all_text(ranking.order) : fmt::format("{} and {}", cost.over, cost.server);
    switch (strength) {
        case Strength::certain:
        case Strength::likely:
            return fmt::format("{} beats {} {} ({}): {}.{}", cost.over, cost.server, factor_text(cost.value), place,
                               text_of(strength), alike_text(ranking));
        case Strength::same:
            return fmt::format("{} are within {:g} % ({}): {}.", all, 100 * sameness, place, text_of(strength));
        case Strength::not_told_apart:
            return fmt::format("{} differ by at most {} % ({}): {}.", all, bound_text(*cost.interval), place,
                               text_of(strength));
        case Strength::too_noisy:
            return fmt::format("{} ({}): {} (±{} %). Measure on.", all, place, text_of(strength),
                               two_digits(100 * cost.interval->half_width()));
        case Strength::too_few: return fmt::format("{} ({}): {}. Measure on.", all, place, text_of(strength));
    }
    return "";
}

}  // namespace

std::string_view name_of(Strength strength) {
    switch (strength) {
        case Strength::certain: return "certain";
        case Strength::likely: return "likely";
        case Strength::same: return "same";
        case Strength::not_told_apart: return "not_told_apart";
        case Strength::too_noisy: return "too_noisy";
        case Strength::too_few: return "too_few";
    }
    return "";
}

std::string_view text_of(Strength strength) {
    switch (strength) {
        case Strength::same: return "the same for most purposes";
        case Strength::not_told_apart: return "not told apart";
        case Strength::too_noisy: return "too noisy to tell";
        case Strength::too_few: return "too few measurements to tell";
        default: return name_of(strength);
    }
}

Strength strength_of(const Cost& cost) {
    if (!cost.interval || cost.verdict == Verdict::too_few) return Strength::too_few;
    if (is_the_same(cost.verdict, cost.interval)) return Strength::same;
    if (is_too_noisy(cost)) return Strength::too_noisy;
    if (cost.verdict == Verdict::not_told_apart) return Strength::not_told_apart;
    constexpr double distance = 2;
    const double half_width = (std::log(cost.interval->high) - std::log(cost.interval->low)) / 2;
    return std::abs(std::log(cost.value)) >= distance * half_width ? Strength::certain : Strength::likely;
}

std::optional<Strength> strength_of_best(const PointSummary& summary) {
    const Ranking* const ranking = summary.ranking_by(Figure::cpu);
    const Cost* const cost = summary.cost_of(Cost::Pair::second_over_best);
    if (ranking == nullptr || cost == nullptr) return std::nullopt;
    const Strength strength = strength_of(*cost);
    const bool differ = strength == Strength::certain || strength == Strength::likely;
    // The ranking is corrected for the number of servers.
    return differ && !ranking->not_told_apart.empty() ? Strength::not_told_apart : strength;
}

std::string place_text(const std::string& label, const Work& work) {
    if (!label.empty()) return label;
    std::string text = grouped(static_cast<double>(work.connections));
    text += work.connections == 1 ? " connection" : " connections";
    if (work.idle > 0) text += fmt::format(", {} idle", grouped(static_cast<double>(work.idle)));
    return text;
}

std::optional<Statement> verdict_on(std::span<const ServerResult> rows, const PointSummary& summary,
                                    const std::string& place) {
    const Ranking* const ranking = summary.ranking_by(Figure::cpu);
    if (ranking == nullptr) return std::nullopt;
    const std::optional<Cost> cost = extreme_cost(rows, summary, *ranking);
    if (!cost) return std::nullopt;
    const Strength strength = strength_of(*cost);
    return Statement{.text = sentence(place, *ranking, *cost, strength), .strength = strength};
}

std::optional<Statement> verdict_on(const Point& point) {
    return verdict_on(point.rows, point.summary, place_text(point.label, point.work));
}

}  // namespace iomux::compare
