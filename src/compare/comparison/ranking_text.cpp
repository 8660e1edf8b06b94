#include "compare/comparison/ranking_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace iomux::compare {

namespace {

bool has_two_best(const Point& point, std::span<const Figure> figures) {
    return std::ranges::any_of(figures, [&](Figure figure) {
        const Ranking* const ranking = point.summary.ranking_by(figure);
        return ranking != nullptr && !ranking->not_told_apart.empty();
    });
}

std::string doubt_on(const Cost& cost) { return is_in_doubt(cost) ? ": " + doubt_text(cost) : ""; }

bool has_minimal(const Point& point) {
    return std::ranges::any_of(point.rows, [](const ServerResult& row) { return is_minimal(row.spec); });
}

}  // namespace

std::string with_interval(double ratio, const std::optional<Interval>& interval) {
    return interval ? fmt::format("{:.2f} [{:.2f}–{:.2f}]", ratio, interval->low, interval->high)
                    : fmt::format("{:.2f}", ratio);
}

std::string two_digits(double value) {
    return fmt::format("{:g}", std::strtod(fmt::format("{:.1e}", value).c_str(), nullptr));
}

std::string_view cost_word(Verdict verdict) {
    switch (verdict) {
        case Verdict::less: return "cheaper";
        case Verdict::more: return "costlier";
        default: return name_of(verdict);
    }
}

std::string cost_word(const Ratio& ratio) {
    return is_the_same(ratio.verdict, ratio.interval) ? sameness_text() : std::string(cost_word(ratio.verdict));
}

std::string sameness_text() { return fmt::format("the same within {:g} %", 100 * sameness); }

std::string repetitions_text(const Point& point) {
    std::size_t most = 0;
    std::size_t slices = 0;
    for (const ServerResult& row : point.rows) {
        most = std::max(most, row.rounds.size());
        for (const std::optional<Round>& round : row.rounds)
            if (round) slices = std::max(slices, round->slices.size());
    }
    if (most == 0) return "";
    const auto plural = [](std::size_t number) { return number == 1 ? "" : "s"; };
    if (!point.slice)
        return fmt::format("{} round{} of {} s", most, plural(most),
                           std::chrono::duration<double>(point.work.duration).count());
    return fmt::format("{} session{} of {} slice{} of {} ms", most, plural(most), slices, plural(slices),
                       std::chrono::duration<double, std::milli>(*point.slice).count());
}

std::string times_text(double ratio, const std::optional<Interval>& interval) {
    if (!interval) return fmt::format("{:.2f} × (too few measurements for a confidence interval)", ratio);
    return fmt::format("{:.2f} × [{:.2f}–{:.2f}]", ratio, interval->low, interval->high);
}

std::string best_text(const Ranking& ranking) {
    const std::vector<std::string>& others = ranking.not_told_apart;
    if (others.size() > most_named_others) return fmt::format("{} or one of {} others", ranking.best(), others.size());
    std::string text = ranking.best();
    for (const std::string& other : others) text += " or " + other;
    return text;
}

std::string others_text(const std::vector<std::string>& others) {
    if (others.size() > most_named_others) return fmt::format("{} others", others.size());
    return fmt::format("{}", fmt::join(others, " and "));
}

std::string unranked_text(const Point& point) {
    const ServerResult* const baseline = point.baseline();
    for (const ServerResult& row : point.rows)
        if (is_minimal(row.spec) && point.of(row).medians)
            return &row == baseline ? "minimal, the baseline, is not ranked" : "minimal is not ranked";
    return "";
}

bool is_in_doubt(const Cost& cost) { return cost.verdict == Verdict::not_told_apart && cost.interval; }

std::string doubt_text(const Cost& cost) {
    if (is_the_same(cost.verdict, cost.interval)) return sameness_text();
    return fmt::format("{} (±{} %)", is_too_noisy(cost) ? "too noisy to tell" : "not told apart",
                       two_digits(100 * cost.interval->half_width()));
}

std::string cost_text(const Cost& cost) {
    return fmt::format("{}, the cheapest Asio server, takes {} the CPU time of {}{}{}", cost.server,
                       times_text(cost.value, cost.interval),
                       cost.pair == Cost::Pair::asio_over_raw ? "the cheapest raw server, " : "", cost.over,
                       doubt_on(cost));
}

std::string_view title_of(Figure figure) {
    switch (figure) {
        case Figure::cpu: return "CPU µs/msg";
        case Figure::rate: return "msgs/s";
        case Figure::p50: return "p50 µs";
        case Figure::p99: return "p99 µs";
        case Figure::p99_9: return "p99.9 µs";
        case Figure::idle_memory: return "KiB/conn";
        case Figure::system_calls: return "calls/msg";
    }
    return "";
}

std::string best_title(Figure figure) {
    return fmt::format("{} {}", figure == Figure::rate ? "Highest" : "Lowest", title_of(figure));
}

std::string ranking_legend(std::span<const Point> points, std::span<const Figure> figures) {
    const auto any_point = [&](auto holds) { return std::ranges::any_of(points, holds); };
    std::string text;
    if (any_point([&](const Point& point) { return has_two_best(point, figures); }))
        text += "A or B: A has the best figure, and B is not told apart from it.\n";
    const auto is_of_ranking = [](const Cost& cost) { return !is_of_asio(cost); };
    if (any_point([&](const Point& point) { return std::ranges::any_of(point.summary.costs, is_of_ranking); }))
        text +=
            "certain, likely: two costs differ significantly. certain: by at least twice the half-width of the 95 % "
            "confidence interval (of the logarithm of their ratio).\n";
    if (any_point([](const Point& point) { return std::ranges::any_of(point.summary.costs, is_too_noisy); }))
        text += "too noisy to tell: not told apart, and the interval is wider than ±5 %.\n";
    if (any_point(has_minimal))
        text +=
            "minimal is not ranked, because it is a bare epoll loop that handles neither partial writes nor slow "
            "readers.\n";
    return text;
}

}  // namespace iomux::compare
