#include "compare/comparison/summary.hpp"

#include <algorithm>
#include <cmath>

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

std::size_t most_starved(const ServerResult& row) {
    std::size_t most = 0;
    for (const std::optional<Round>& round : row.rounds)
        if (round) most = std::max(most, round->starved);
    return most;
}

std::optional<Ratio> ratio_to(const ServerResult& row, const ServerResult& baseline) {
    const std::vector<double> ratios = ratios_in_rounds(row, baseline);
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

Medians medians_of(const ServerResult& row, const ServerResult& baseline) {
    return {.messages_per_second = median_of(row, &Round::messages_per_second).value_or(0),
            .cpu_us_per_message = median_of(row, &Round::cpu_us_per_message).value_or(0),
            .ratio = ratio_to(row, baseline),
            .p50 = median_of(row, &Round::p50),
            .p99 = median_of(row, &Round::p99),
            .p99_9 = median_of(row, &Round::p99_9),
            .starved = most_starved(row),
            .load_cpu_share = median_of(row, &Round::load_cpu_share).value_or(0),
            .server_cpu_share = median_of(row, &Round::server_cpu_share).value_or(0),
            .context_switches_per_message = median_of(row, &Round::context_switches_per_message).value_or(0),
            .user_us_per_message = median_of(row, &Round::user_us_per_message),
            .system_us_per_message = median_of(row, &Round::system_us_per_message),
            .core_softirq_us_per_message = median_of(row, &Round::core_softirq_us_per_message),
            .events_per_wait = median_of(row, &Round::events_per_wait),
            .in_flight_ratio = median_of(row, &Round::in_flight_ratio),
            .unsent_share = median_of(row, &Round::unsent_share)};
}

// The lowest possible p-value for this many rounds is that of rounds that all agree.
bool are_enough(std::size_t rounds, std::size_t rows) {
    return std::pow(2.0, 1 - static_cast<double>(rounds)) * static_cast<double>(rows) < 1 - confidence;
}

Verdict verdict_of(const Ratio& ratio, std::size_t rounds, std::size_t rows) {
    if (!ratio.interval || !are_enough(rounds, rows)) return Verdict::too_few_rounds;
    if (ratio.p >= 1 - confidence || ratio.interval->contains(1)) return Verdict::no_difference;
    return ratio.value < 1 ? Verdict::less : Verdict::more;
}

// With many rows, one would differ by chance. So the more rows there are, the stronger the evidence for each must be.
void judge(Summary& summary) {
    std::vector<Ratio*> ratios;
    for (std::size_t i = 0; i < summary.rows.size(); ++i)
        if (summary.medians[i] && summary.medians[i]->ratio && &summary.rows[i] != summary.baseline)
            ratios.push_back(&*summary.medians[i]->ratio);
    std::vector<double> probabilities;
    for (const Ratio* ratio : ratios) probabilities.push_back(ratio->p);
    const std::vector<double> adjusted = adjusted_by_holm(probabilities);
    for (std::size_t i = 0; i < ratios.size(); ++i) {
        ratios[i]->p = adjusted[i];
        ratios[i]->verdict = verdict_of(*ratios[i], summary.baseline->rounds.size(), ratios.size());
    }
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

std::vector<double> ratios_in_rounds(const ServerResult& row, const ServerResult& baseline) {
    return paired_ratios(each_round(row, &Round::cpu_us_per_message), each_round(baseline, &Round::cpu_us_per_message));
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::too_few_rounds: return "too few rounds";
        case Verdict::no_difference: return "no difference";
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
    return summary;
}

}  // namespace iomux::compare
