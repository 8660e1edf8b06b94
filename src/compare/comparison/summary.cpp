#include "compare/comparison/summary.hpp"

#include <algorithm>
#include <cmath>

#include "compare/comparison/ratio_warnings.hpp"
#include "compare/measure/load_report.hpp"
#include "load/result/histogram.hpp"

namespace iomux::compare {
namespace {

constexpr double busy = 0.95;

bool is_named(const ServerSpec& spec, std::string_view baseline) {
    return baseline.empty() ? is_minimal(spec) : spec.title() == baseline;
}

template <class Figure>
std::optional<double> median_of(const ServerResult& row, Figure figure) {
    return median(known_in_rounds(row, figure));
}

// In microseconds.
template <class Figure>
std::optional<double> percentile_of(const ServerResult& row, Figure figure, double percent) {
    if (has_percentile_in_each_round(row, percent)) return median_of(row, figure);
    load::Histogram all;
    for (const std::optional<Round>& round : row.rounds)
        if (round) record_latencies(round->load, all);
    const std::optional<std::chrono::nanoseconds> time = all.known_percentile(percent);
    if (!time) return std::nullopt;
    return std::chrono::duration<double, std::micro>(*time).count();
}

// Of all rounds together, because a single one has few ticks.
template <class Figure>
std::optional<double> mean_per_message(const ServerResult& row, Figure figure) {
    const PerMessage all = per_message_in_rounds(row, figure);
    return all.messages > 0 ? std::optional(all.us / all.messages) : std::nullopt;
}

std::size_t most_starved(const ServerResult& row) {
    std::size_t most = 0;
    for (const std::optional<Round>& round : row.rounds)
        if (round) most = std::max(most, round->starved);
    return most;
}

bool has_slices(const std::optional<Round>& round) { return round && !round->slices.empty(); }

std::optional<Ratio> ratio_of_sessions(const ServerResult& row, const ServerResult& other) {
    const std::vector<SessionEstimate> estimates = log_ratios(row, other);
    if (estimates.empty()) return std::nullopt;
    const std::optional<RatioEstimate> estimate = ratio_from_sessions(estimates, confidence);
    if (!estimate) return Ratio{.value = std::exp(estimates.front().value), .interval = std::nullopt};
    return Ratio{.value = estimate->ratio,
                 .interval = estimate->interval,
                 .p = estimate->p,
                 .outliers = count_outliers(values_of(estimates)),
                 .spread = estimate->spread};
}

std::vector<double> cpu_ratios_of_windows(const ServerResult& row, const ServerResult& other) {
    return paired_ratios(each_round(row, &Round::cpu_us_per_message), each_round(other, &Round::cpu_us_per_message));
}

std::optional<Ratio> ratio_of_windows(const ServerResult& row, const ServerResult& other) {
    const std::vector<double> ratios = cpu_ratios_of_windows(row, other);
    const std::optional<double> value = median(ratios);
    if (!value) return std::nullopt;
    std::vector<double> differences;
    differences.reserve(ratios.size());
    for (const double ratio : ratios) differences.push_back(std::log(ratio));
    return Ratio{.value = *value,
                 .interval = median_interval(ratios, confidence),
                 .p = signed_rank_p(differences),
                 .outliers = count_outliers(ratios)};
}

bool is_in_sessions(const ServerResult& row) { return std::ranges::any_of(row.rounds, has_slices); }

std::optional<Ratio> ratio_to(const ServerResult& row, const ServerResult& other) {
    return is_in_sessions(row) ? ratio_of_sessions(row, other) : ratio_of_windows(row, other);
}

// A typical cost. From sessions it is computed like the ratio, from the same slices.
double cost_of(const ServerResult& row, const ServerResult& baseline, const std::optional<Ratio>& ratio) {
    if (!is_in_sessions(row) || !ratio) return median_of(row, &Round::cpu_us_per_message).value_or(0);
    double sum = 0;
    const std::vector<double> costs = known_in_rounds(baseline, &Round::cpu_us_per_message);
    for (const double cost : costs) sum += std::log(cost);
    return std::exp(sum / static_cast<double>(costs.size())) * ratio->value;
}

Medians medians_of(const ServerResult& row, const ServerResult& baseline) {
    const std::optional<Ratio> ratio = ratio_to(row, baseline);
    return {.messages_per_second = median_of(row, &Round::messages_per_second).value_or(0),
            .cpu_us_per_message = cost_of(row, baseline, ratio),
            .ratio = ratio,
            .p50 = percentile_of(row, &Round::p50, 50),
            .p99 = percentile_of(row, &Round::p99, 99),
            .p99_9 = percentile_of(row, &Round::p99_9, 99.9),
            .starved = most_starved(row),
            .load_cpu_share = median_of(row, &Round::load_cpu_share).value_or(0),
            .server_cpu_share = median_of(row, &Round::server_cpu_share).value_or(0),
            .context_switches_per_message = median_of(row, &Round::context_switches_per_message).value_or(0),
            .user_us_per_message = mean_per_message(row, &Round::user_us_per_message),
            .system_us_per_message = mean_per_message(row, &Round::system_us_per_message),
            .core_softirq_us_per_message = mean_per_message(row, &Round::core_softirq_us_per_message),
            .events_per_wait = median_of(row, &Round::events_per_wait),
            .in_flight_ratio = median_of(row, &Round::in_flight_ratio),
            .unsent_share = median_of(row, &Round::unsent_share)};
}

// The lowest possible p-value for this many rounds is that of rounds that all agree. (A t-test has no such limit.)
bool are_enough(std::size_t rounds, std::size_t rows) {
    return std::pow(2.0, 1 - static_cast<double>(rounds)) * static_cast<double>(rows) < 1 - confidence;
}

Verdict verdict_of(const Ratio& ratio, std::size_t rounds, std::size_t rows) {
    const bool of_sessions = ratio.spread.has_value();
    if (!ratio.interval || (!of_sessions && !are_enough(rounds, rows))) return Verdict::too_few;
    if (ratio.p >= 1 - confidence || ratio.interval->contains(1)) return Verdict::not_told_apart;
    return ratio.value < 1 ? Verdict::less : Verdict::more;
}

void judge(Summary& summary) {
    std::vector<Judged> ratios;
    for (std::size_t i = 0; i < summary.rows.size(); ++i) {
        if (!summary.medians[i] || !summary.medians[i]->ratio) continue;
        Ratio& ratio = *summary.medians[i]->ratio;
        if (&summary.rows[i] == summary.baseline)
            ratio.verdict = Verdict::baseline;
        else
            ratios.push_back({&ratio, summary.baseline->rounds.size()});
    }
    judge_together(ratios);
}

}  // namespace

const ServerResult* choose_baseline(std::span<const ServerResult> rows, std::string_view baseline) {
    const ServerResult* first = nullptr;
    for (const ServerResult& row : rows) {
        if (!is_complete(row)) continue;
        if (is_named(row.spec, baseline)) return &row;
        if (first == nullptr) first = &row;
    }
    return first;
}

std::size_t rounds_for_significance(std::size_t servers) {
    std::size_t rounds = 1;
    while (servers > 1 && !are_enough(rounds, servers - 1)) ++rounds;
    return rounds;
}

std::vector<SessionEstimate> log_ratios(const ServerResult& row, const ServerResult& other) {
    std::vector<SessionEstimate> estimates;
    if (!is_in_sessions(row)) {
        for (const double ratio : cpu_ratios_of_windows(row, other))
            if (ratio > 0) estimates.push_back({.value = std::log(ratio)});
        return estimates;
    }
    for (std::size_t i = 0; i < std::min(row.rounds.size(), other.rounds.size()); ++i) {
        if (!has_slices(row.rounds[i]) || !has_slices(other.rounds[i])) continue;
        if (const auto estimate = session_estimate(row.rounds[i]->slices, other.rounds[i]->slices))
            estimates.push_back(*estimate);
    }
    return estimates;
}

std::optional<Ratio> ratio_between(const ServerResult& row, const ServerResult& other) {
    std::optional<Ratio> ratio = ratio_to(row, other);
    if (ratio) ratio->verdict = verdict_of(*ratio, row.rounds.size(), 1);
    return ratio;
}

void judge_together(std::span<const Judged> all) {
    std::vector<double> probabilities;
    for (const Judged& one : all) probabilities.push_back(one.ratio->p);
    const std::vector<double> adjusted = adjusted_by_holm(probabilities);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].ratio->p = adjusted[i];
        all[i].ratio->verdict = verdict_of(*all[i].ratio, all[i].rounds, all.size());
    }
}

bool has_percentile_in_each_round(const ServerResult& row, double percent) {
    const auto least = static_cast<double>(load::least_count_for(percent));
    return std::ranges::all_of(row.rounds,
                               [&](const std::optional<Round>& round) { return !round || round->messages >= least; });
}

bool are_precise(const std::vector<ServerResult>& rows, std::string_view baseline, double precision) {
    const ServerResult* base = choose_baseline(rows, baseline);
    return std::ranges::all_of(rows, [&](const ServerResult& row) {
        if (!is_complete(row) || &row == base) return true;
        const std::optional<Ratio> ratio = ratio_to(row, *base);
        return ratio && ratio->interval && ratio->interval->half_width() <= precision * ratio->value;
    });
}

bool is_the_same(Verdict verdict, const std::optional<Interval>& interval) {
    return verdict == Verdict::not_told_apart && interval && interval->low >= 1 - sameness &&
           interval->high <= 1 + sameness;
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::baseline: return "baseline";
        case Verdict::too_few: return "too few to tell";
        case Verdict::not_told_apart: return "not told apart";
        case Verdict::less: return "less";
        case Verdict::more: return "more";
    }
    return "";
}

std::string_view name_of(Limit limit) {
    switch (limit) {
        case Limit::nothing: return "nothing";
        case Limit::server: return "server";
        case Limit::generator: return "generator";
        case Limit::both: return "both";
    }
    return "";
}

bool is_minimal(const ServerSpec& spec) { return spec.name == "minimal" && spec.origin == Origin::registry; }

std::optional<Limit> limit_of(const ServerResult& row, const Medians& medians, const Cores& cores) {
    if (!cores.are_apart() || row.spec.origin == Origin::attached) return std::nullopt;
    const std::size_t usable = std::min(cores.server.size(), row.spec.threads().value_or(cores.server.size()));
    const bool server = medians.server_cpu_share >= busy * static_cast<double>(usable);
    const bool generator = medians.load_cpu_share >= busy;
    if (server && generator) return Limit::both;
    if (server) return Limit::server;
    return generator ? Limit::generator : Limit::nothing;
}

bool holds_littles_law(const Medians& medians) {
    constexpr double tolerance = 0.05;
    return !medians.in_flight_ratio || std::abs(*medians.in_flight_ratio - 1) <= tolerance;
}

bool keeps_the_rate(const Medians& medians) {
    constexpr double tolerance = 0.01;
    return medians.unsent_share.value_or(0) <= tolerance;
}

Summary summarise(std::span<const ServerResult> rows, std::string_view baseline) {
    Summary summary{.baseline = choose_baseline(rows, baseline),
                    .rows = rows,
                    .medians = std::vector<std::optional<Medians>>(rows.size())};
    if (summary.baseline == nullptr) return summary;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (is_complete(rows[i])) summary.medians[i] = medians_of(rows[i], *summary.baseline);
    judge(summary);
    add_warnings(summary);
    return summary;
}

}  // namespace iomux::compare
