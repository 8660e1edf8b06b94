#include "compare/comparison/ratio_warnings.hpp"

#include <algorithm>
#include <cmath>

#include "compare/statistics/session_checks.hpp"

namespace iomux::compare {
namespace {

// The level of the tests of a table together. The check for groups has no p-value, so its false alarms come on top.
constexpr double level = 0.01;
// What would change a ratio by less than this is not worth a warning.
constexpr double least_change = 0.01;

using Kind = RatioWarning::Kind;

// A warning that applies if it is significant.
struct Candidate {
    Ratio* ratio;
    RatioWarning warning;
    double p;
    bool matters;  // It is large enough.
};

// Zero has none.
std::vector<double> logarithms(const std::vector<double>& ratios) {
    std::vector<double> logarithms;
    for (const double ratio : ratios)
        if (ratio > 0) logarithms.push_back(std::log(ratio));
    return logarithms;
}

struct Session {
    const Round& row;
    const Round& base;
};

std::vector<Session> common_sessions(const ServerResult& row, const ServerResult& base) {
    std::vector<Session> sessions;
    for (std::size_t i = 0; i < std::min(row.rounds.size(), base.rounds.size()); ++i)
        if (row.rounds[i] && base.rounds[i]) sessions.push_back({*row.rounds[i], *base.rounds[i]});
    return sessions;
}

double cpu_time_per_message(const Round& round) {
    return std::chrono::duration<double>(round.server_cpu).count() / round.messages;
}

// For each session: the logarithm of what its ratio of sums is, divided by its trimmed ratio.
std::vector<SessionEstimate> left_out_by_trimming(const ServerResult& row, const ServerResult& base) {
    std::vector<SessionEstimate> differences;
    for (const Session& session : common_sessions(row, base)) {
        const auto estimate = session_estimate(session.row.slices, session.base.slices);
        const double of_sums = cpu_time_per_message(session.row) / cpu_time_per_message(session.base);
        if (estimate && std::isfinite(of_sums) && of_sums > 0)
            differences.push_back({.value = std::log(of_sums) - estimate->value});
    }
    return differences;
}

// For each session: the logarithms of the ratios in its cycles.
std::vector<std::vector<double>> cycles_of(const ServerResult& row, const ServerResult& base) {
    std::vector<std::vector<double>> sessions;
    for (const Session& session : common_sessions(row, base))
        sessions.push_back(logarithms(paired_ratios(session.row.slices, session.base.slices)));
    return sessions;
}

void add_candidates(std::vector<Candidate>& candidates, Ratio& ratio, const ServerResult& row,
                    const ServerResult& base) {
    const auto bursts = ratio_from_sessions(left_out_by_trimming(row, base), confidence);
    candidates.push_back({.ratio = &ratio,
                          .warning = {Kind::bursts, ratio.value * (bursts ? bursts->ratio : 1)},
                          .p = bursts ? bursts->p : 1,
                          .matters = bursts && std::abs(bursts->ratio - 1) > least_change});
    const Autocorrelation autocorrelation = autocorrelation_of(values_of(log_ratios(row, base)));
    candidates.push_back({.ratio = &ratio,
                          .warning = {Kind::autocorrelation, autocorrelation.coefficient},
                          .p = autocorrelation.p,
                          .matters = true});
    const Trend trend = trend_within(cycles_of(row, base));
    candidates.push_back({.ratio = &ratio,
                          .warning = {Kind::trend, std::expm1(trend.change)},
                          .p = trend.p,
                          .matters = std::abs(std::expm1(trend.change)) > least_change});
}

}  // namespace

void add_warnings(Summary& summary) {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < summary.rows.size(); ++i) {
        const ServerResult& row = summary.rows[i];
        if (&row == summary.baseline || !summary.medians[i] || !summary.medians[i]->ratio) continue;
        Ratio& ratio = *summary.medians[i]->ratio;
        if (!ratio.spread) continue;  // not from sessions
        const auto gap = gap_between_groups(values_of(log_ratios(row, *summary.baseline)));
        if (gap && std::expm1(*gap) > least_change) ratio.warnings.push_back({Kind::groups, std::expm1(*gap)});
        add_candidates(candidates, ratio, row, *summary.baseline);
    }
    std::vector<double> probabilities;
    for (const Candidate& candidate : candidates) probabilities.push_back(candidate.p);
    const std::vector<double> adjusted = adjusted_by_holm(probabilities);
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].matters && adjusted[i] < level)
            candidates[i].ratio->warnings.push_back(candidates[i].warning);
}

std::string_view name_of(RatioWarning::Kind kind) {
    switch (kind) {
        case Kind::bursts: return "bursts";
        case Kind::groups: return "groups";
        case Kind::autocorrelation: return "autocorrelation";
        case Kind::trend: return "trend";
    }
    return "";
}

}  // namespace iomux::compare
