#include "compare/comparison/point_summary.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace iomux::compare {
namespace {

constexpr std::array figures_of_rounds{Figure::rate, Figure::p50, Figure::p99, Figure::p99_9};

// The figure in each round; nothing for a round without it. Empty unless it is measured in rounds.
std::vector<std::optional<double>> values_in_rounds(const ServerResult& row, Figure figure) {
    switch (figure) {
        case Figure::cpu: return each_round(row, &Round::cpu_us_per_message);
        case Figure::rate: return each_round(row, &Round::messages_per_second);
        case Figure::p50: return each_round(row, &Round::p50);
        case Figure::p99: return each_round(row, &Round::p99);
        case Figure::p99_9: return each_round(row, &Round::p99_9);
        case Figure::idle_memory:
        case Figure::system_calls: break;
    }
    return {};
}

std::optional<double> value_of(const ServerResult& row, const std::optional<Medians>& medians, Figure figure) {
    if (!is_measured_in_rounds(figure)) return median(values_of(row, figure));
    if (!medians) return std::nullopt;
    switch (figure) {
        case Figure::rate: return medians->messages_per_second;
        case Figure::p50: return medians->p50;
        case Figure::p99: return medians->p99;
        case Figure::p99_9: return medians->p99_9;
        default: return std::nullopt;
    }
}

// Whether the figure is a median, or a percentile of all rounds' messages together.
bool is_median_of_rounds(const ServerResult& row, Figure figure) {
    switch (figure) {
        case Figure::p50: return has_percentile_in_each_round(row, 50);
        case Figure::p99: return has_percentile_in_each_round(row, 99);
        case Figure::p99_9: return has_percentile_in_each_round(row, 99.9);
        default: return true;
    }
}

std::map<Figure, Interval> intervals_of(const ServerResult& row, const std::optional<Medians>& medians) {
    std::map<Figure, Interval> intervals;
    for (const Figure figure : figures_of_rounds) {
        if (!value_of(row, medians, figure) || !is_median_of_rounds(row, figure)) continue;
        if (const auto interval = median_interval(values_of(row, figure), confidence))
            intervals.emplace(figure, *interval);
    }
    return intervals;
}

// Where the figure of a server may be if there is no interval: there were too few rounds, or too few messages in each.
constexpr Interval anywhere{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};

std::optional<Standing> standing_of(const ServerResult& row, const ServerSummary& summary, Figure figure) {
    if (is_minimal(row.spec)) return std::nullopt;
    if (figure == Figure::rate && summary.limit == Limit::generator) return std::nullopt;
    std::optional<Estimate> estimate = estimate_of(row, summary, figure);
    if (!estimate) return std::nullopt;
    const bool is_of_rounds = std::ranges::find(figures_of_rounds, figure) != figures_of_rounds.end();
    if (is_of_rounds && !estimate->interval) estimate->interval = anywhere;
    return Standing{row.spec.title(), *estimate};
}

const ServerResult& row_titled(std::span<const ServerResult> rows, const std::string& title) {
    return *find_row(rows, title);
}

// The costs of two servers were measured together, so their own ratio tells more than whether their intervals overlap.
void tell_costs_apart(std::span<const ServerResult> rows, Ranking& ranking) {
    const ServerResult& best = row_titled(rows, ranking.best());
    const std::span others = std::span(ranking.order).subspan(1);
    std::vector<double> probabilities;
    for (const std::string& title : others) {
        const std::optional<Ratio> ratio = ratio_between(row_titled(rows, title), best);
        // The verdict also asks whether the interval excludes 1.
        const bool differs = ratio && (ratio->verdict == Verdict::less || ratio->verdict == Verdict::more);
        probabilities.push_back(differs ? ratio->p : 1);
    }
    const std::vector<double> adjusted = adjusted_by_holm(probabilities);
    ranking.not_told_apart.clear();
    for (std::size_t i = 0; i < others.size(); ++i)
        if (adjusted[i] >= 1 - confidence) ranking.not_told_apart.push_back(others[i]);
}

std::map<Figure, Ranking> rankings_of(std::span<const ServerResult> rows, const std::vector<ServerSummary>& servers) {
    std::map<Figure, Ranking> rankings;
    for (const Figure figure : all_figures) {
        std::vector<Standing> standings;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (auto standing = standing_of(rows[i], servers[i], figure)) standings.push_back(std::move(*standing));
        const Better better = figure == Figure::rate ? Better::more : Better::less;
        if (!standings.empty()) rankings.emplace(figure, rank(std::move(standings), better));
    }
    if (const auto costs = rankings.find(Figure::cpu); costs != rankings.end()) tell_costs_apart(rows, costs->second);
    return rankings;
}

Interval range_of(const Estimate& estimate) {
    return estimate.interval.value_or(Interval{estimate.value, estimate.value});
}

bool overlap(const Interval& one, const Interval& other) { return one.low <= other.high && other.low <= one.high; }

bool is_raw(const ServerSpec& spec) { return spec.program == "raw"; }
bool is_epoll(const ServerSpec& spec) { return is_raw(spec) && spec.title() == "epoll"; }

// Null if none was measured.
template <class Predicate>
const ServerResult* cheapest(std::span<const ServerResult> rows, const std::vector<ServerSummary>& servers,
                             Predicate among) {
    const ServerResult* best = nullptr;
    double least = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::optional<Medians>& medians = servers[i].medians;
        if (!medians || !medians->ratio || is_minimal(rows[i].spec) || !std::invoke(among, rows[i].spec)) continue;
        if (best == nullptr || medians->ratio->value < least) {
            best = &rows[i];
            least = medians->ratio->value;
        }
    }
    return best;
}

std::vector<Cost> costs_of(std::span<const ServerResult> rows, const PointSummary& summary) {
    std::vector<Cost> costs;
    const auto add = [&](Cost::Pair pair, const ServerResult* server, const ServerResult* other) {
        if (server == nullptr || other == nullptr) return;
        const std::optional<Ratio> ratio = ratio_between(*server, *other);
        if (!ratio) return;
        costs.push_back({.pair = pair,
                         .server = server->spec.title(),
                         .over = other->spec.title(),
                         .value = ratio->value,
                         .interval = ratio->interval,
                         .verdict = ratio->verdict});
    };
    const ServerResult* const asio = cheapest(rows, summary.servers, is_asio);
    add(Cost::Pair::asio_over_raw, asio, cheapest(rows, summary.servers, is_raw));
    add(Cost::Pair::asio_over_epoll, asio, cheapest(rows, summary.servers, is_epoll));
    const Ranking* const ranking = summary.ranking_by(Figure::cpu);
    if (ranking == nullptr || ranking->order.size() < 2) return costs;
    const ServerResult* const best = &row_titled(rows, ranking->best());
    add(Cost::Pair::second_over_best, &row_titled(rows, ranking->order[1]), best);
    if (ranking->order.size() > 2) add(Cost::Pair::worst_over_best, &row_titled(rows, ranking->order.back()), best);
    return costs;
}

}  // namespace

std::vector<double> values_of(const ServerResult& row, Figure figure) {
    switch (figure) {
        case Figure::idle_memory:
            if (!row.idle_memory) return {};
            return {row.idle_memory->bytes + row.idle_memory->kernel_stack_bytes.value_or(0)};
        case Figure::system_calls:
            if (!row.system_calls) return {};
            return {row.system_calls->all_per_message};
        default: break;
    }
    std::vector<double> known;
    for (const std::optional<double>& value : values_in_rounds(row, figure))
        if (value) known.push_back(*value);
    return known;
}

bool is_measured_in_rounds(Figure figure) { return figure != Figure::idle_memory && figure != Figure::system_calls; }

std::vector<SessionEstimate> log_ratios(const ServerResult& row, const ServerResult& other, Figure figure) {
    if (figure == Figure::cpu) return log_ratios(row, other);
    std::vector<SessionEstimate> estimates;
    for (const double ratio : paired_ratios(values_in_rounds(row, figure), values_in_rounds(other, figure)))
        if (ratio > 0) estimates.push_back({.value = std::log(ratio)});
    return estimates;
}

std::vector<Figure> pooled_percentiles(const ServerResult& row, const ServerSummary& summary) {
    std::vector<Figure> pooled;
    for (const Figure figure : {Figure::p50, Figure::p99, Figure::p99_9})
        if (value_of(row, summary.medians, figure) && !is_median_of_rounds(row, figure)) pooled.push_back(figure);
    return pooled;
}

std::optional<Estimate> estimate_of(const ServerResult& row, const ServerSummary& summary, Figure figure) {
    if (!still_measured(row)) return std::nullopt;
    if (figure == Figure::cpu) {
        if (!summary.medians || !summary.medians->ratio) return std::nullopt;
        return Estimate{summary.medians->ratio->value, summary.medians->ratio->interval};
    }
    const std::optional<double> value = value_of(row, summary.medians, figure);
    if (!value) return std::nullopt;
    const auto interval = summary.intervals.find(figure);
    return Estimate{*value, interval == summary.intervals.end() ? std::nullopt : std::optional(interval->second)};
}

Ranking rank(std::vector<Standing> standings, Better better) {
    std::ranges::stable_sort(standings, {}, [&](const Standing& standing) {
        return better == Better::more ? -standing.estimate.value : standing.estimate.value;
    });
    Ranking ranking;
    for (const Standing& standing : standings) {
        const bool is_best = ranking.order.empty();
        ranking.order.push_back(standing.title);
        if (!is_best && overlap(range_of(standing.estimate), range_of(standings.front().estimate)))
            ranking.not_told_apart.push_back(standing.title);
    }
    return ranking;
}

bool is_asio(const ServerSpec& spec) { return spec.program.starts_with("asio"); }

std::string_view name_of(Cost::Pair pair) {
    switch (pair) {
        case Cost::Pair::asio_over_raw: return "asio_over_raw";
        case Cost::Pair::asio_over_epoll: return "asio_over_epoll";
        case Cost::Pair::second_over_best: return "second_over_best";
        case Cost::Pair::worst_over_best: return "worst_over_best";
    }
    return "";
}

bool is_of_asio(const Cost& cost) {
    return cost.pair == Cost::Pair::asio_over_raw || cost.pair == Cost::Pair::asio_over_epoll;
}

bool is_too_noisy(const Cost& cost) {
    constexpr double tolerance = 0.05;
    return cost.verdict == Verdict::not_told_apart && cost.interval && cost.interval->half_width() > tolerance;
}

const Ranking* PointSummary::ranking_by(Figure figure) const {
    const auto found = rankings.find(figure);
    return found == rankings.end() ? nullptr : &found->second;
}

const Cost* PointSummary::cost_of(Cost::Pair pair) const {
    const auto found = std::ranges::find(costs, pair, &Cost::pair);
    return found == costs.end() ? nullptr : &*found;
}

PointSummary summarise_point(std::span<const ServerResult> rows, std::string_view baseline, const Cores& cores) {
    const Summary against = summarise(rows, baseline);
    PointSummary summary;
    if (against.baseline != nullptr) summary.baseline = static_cast<std::size_t>(against.baseline - rows.data());
    for (const ServerResult& row : rows) {
        ServerSummary& server = summary.servers.emplace_back();
        server.medians = against.of(row);
        if (!server.medians) continue;
        server.limit = limit_of(row, *server.medians, cores);
        server.intervals = intervals_of(row, server.medians);
    }
    summary.rankings = rankings_of(rows, summary.servers);
    summary.costs = costs_of(rows, summary);
    return summary;
}

}  // namespace iomux::compare
