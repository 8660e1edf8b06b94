#include "compare/summary.hpp"

#include <algorithm>
#include <functional>

#include "compare/statistics.hpp"

namespace iomux::compare {
namespace {

constexpr double busy = 0.95;

const Row* choose_baseline(std::span<const Row> rows) {
    const Row* first = nullptr;
    for (const Row& row : rows) {
        if (!is_complete(row)) continue;
        if (is_the_floor(row.contestant)) return &row;
        if (first == nullptr) first = &row;
    }
    return first;
}

template <class Figure>
std::vector<std::optional<double>> each_round(const Row& row, Figure figure) {
    std::vector<std::optional<double>> values;
    for (const std::optional<Round>& round : row.rounds)
        values.push_back(round ? std::optional<double>(std::invoke(figure, *round)) : std::nullopt);
    return values;
}

template <class Figure>
std::optional<double> median_of(const Row& row, Figure figure) {
    std::vector<double> values;
    for (const std::optional<Round>& round : row.rounds)
        if (round)
            if (const std::optional<double> value = std::invoke(figure, *round)) values.push_back(*value);
    return median(std::move(values));
}

std::size_t most_starved(const Row& row) {
    std::size_t most = 0;
    for (const std::optional<Round>& round : row.rounds)
        if (round) most = std::max(most, round->starved);
    return most;
}

Medians medians_of(const Row& row, const Row& baseline) {
    return {.messages_per_second = median_of(row, &Round::messages_per_second).value_or(0),
            .cpu_us_a_message = median_of(row, &Round::cpu_us_a_message).value_or(0),
            .ratio =
                paired_ratio(each_round(row, &Round::cpu_us_a_message), each_round(baseline, &Round::cpu_us_a_message)),
            .p50 = median_of(row, &Round::p50),
            .p99 = median_of(row, &Round::p99),
            .p99_9 = median_of(row, &Round::p99_9),
            .starved = most_starved(row),
            .load_cpu_share = median_of(row, &Round::load_cpu_share).value_or(0),
            .server_cpu_share = median_of(row, &Round::server_cpu_share).value_or(0)};
}

}  // namespace

bool is_the_floor(const Contestant& contestant) {
    return contestant.name == "minimal" && contestant.origin == Origin::registry;
}

bool generator_was_the_limit(const Row& row, const Medians& medians, const Cores& cores) {
    if (!cores.are_apart()) return false;
    const std::size_t usable = std::min(cores.server.size(), row.contestant.threads().value_or(cores.server.size()));
    return medians.load_cpu_share >= busy && medians.server_cpu_share < busy * static_cast<double>(usable);
}

Summary summarise(std::span<const Row> rows) {
    Summary summary{.baseline = choose_baseline(rows), .medians = std::vector<std::optional<Medians>>(rows.size())};
    if (summary.baseline == nullptr) return summary;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (is_complete(rows[i])) summary.medians[i] = medians_of(rows[i], *summary.baseline);
    return summary;
}

}  // namespace iomux::compare
