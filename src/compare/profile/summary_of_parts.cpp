#include "compare/profile/summary_of_parts.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace iomux::compare {
namespace {

using Sessions = std::span<const std::vector<SessionProfile>>;

std::size_t servers_in(Sessions sessions) { return sessions.empty() ? 0 : sessions.front().size(); }

double us_of(const SessionProfile& profile, const Part& part) { return profile.us_of(profile.count(part)); }

std::set<Part> parts_in(Sessions sessions) {
    std::set<Part> parts;
    for (const auto& profiles : sessions)
        for (const SessionProfile& profile : profiles)
            for (const auto& [part, functions] : profile.samples) parts.insert(part);
    return parts;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of the part, in each session.
std::vector<double> differences_of(Sessions sessions, const Part& part) {
    std::vector<double> differences;
    for (const auto& profiles : sessions) differences.push_back(us_of(profiles[1], part) - us_of(profiles[0], part));
    return differences;
}

void add_to(std::vector<double>& sums, const std::vector<double>& values) {
    sums.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
}

std::vector<FunctionCost> functions_of(Sessions sessions, const Part& part) {
    const std::size_t servers = servers_in(sessions);
    std::map<std::string, std::vector<double>> costs;
    for (const auto& profiles : sessions)
        for (std::size_t server = 0; server < servers; ++server) {
            const auto found = profiles[server].samples.find(part);
            if (found == profiles[server].samples.end()) continue;
            for (const auto& [name, count] : found->second) {
                std::vector<double>& us = costs[name];
                us.resize(servers);
                us[server] += profiles[server].us_of(count) / static_cast<double>(sessions.size());
            }
        }
    std::vector<FunctionCost> functions;
    for (auto& [name, us] : costs) functions.push_back({name, std::move(us)});
    return functions;
}

// What it adds to a sentence on the part.
double weight_of(const std::vector<double>& us, double sign) {
    return us.size() == 2 ? sign * (us[1] - us[0]) : us.front();
}

void sort_functions(PartCost& cost) {
    const double sign = cost.difference_us() < 0 ? -1 : 1;
    std::ranges::stable_sort(cost.functions, std::greater<>(),
                             [&](const FunctionCost& function) { return weight_of(function.us, sign); });
}

// With many parts, one would differ by chance, so the more there are, the stronger the evidence for each must be.
void tell_apart(std::span<PartsSummary> summaries) {
    std::vector<PartCost*> all;
    std::vector<double> probabilities;
    for (PartsSummary& summary : summaries)
        for (PartCost& cost : summary.parts) {
            if (!cost.difference) continue;
            all.push_back(&cost);
            probabilities.push_back(cost.difference->p);
        }
    const std::vector<double> adjusted = adjusted_by_holm(probabilities);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::optional<Interval>& interval = all[i]->difference->interval;
        all[i]->told_apart = adjusted[i] < 1 - level_of_parts && interval && !interval->contains(0);
    }
}

// Without verdicts.
PartsSummary costs_in(Sessions sessions) {
    PartsSummary summary;
    const std::size_t servers = servers_in(sessions);
    for (const Part& part : parts_in(sessions)) {
        PartCost& cost = summary.parts.emplace_back(PartCost{.part = part, .us = {}});
        for (std::size_t server = 0; server < servers; ++server) {
            std::vector<double> us;
            for (const auto& profiles : sessions) us.push_back(us_of(profiles[server], part));
            cost.us.push_back(mean_of(us));
        }
        if (servers == 2) cost.difference = mean_by_bootstrap(differences_of(sessions, part), level_of_parts);
        cost.functions = functions_of(sessions, part);
        sort_functions(cost);
    }
    std::ranges::stable_sort(summary.parts, std::greater<>(), [](const PartCost& cost) {
        return cost.us.size() == 2 ? std::abs(cost.difference_us()) : cost.us.front();
    });
    return summary;
}

void add_up(Sessions sessions, PartsSummary& summary) {
    if (servers_in(sessions) != 2 || summary.parts.empty()) return;
    std::vector<double> all, others;
    for (const PartCost& cost : summary.parts) {
        const std::vector<double> differences = differences_of(sessions, cost.part);
        add_to(all, differences);
        if (!cost.told_apart) add_to(others, differences);
    }
    summary.difference = mean_by_bootstrap(all, level_of_parts);
    summary.not_told_apart = mean_by_bootstrap(others, level_of_parts);
}

}  // namespace

PartsSummary summarise_parts(Sessions sessions) {
    PartsSummary summary = costs_in(sessions);
    tell_apart({&summary, 1});
    add_up(sessions, summary);
    return summary;
}

std::vector<PartsSummary> summarise_parts_together(
    std::span<const std::vector<std::vector<SessionProfile>>> sessions_of_pairs) {
    std::vector<PartsSummary> summaries;
    for (const auto& sessions : sessions_of_pairs) summaries.push_back(costs_in(sessions));
    tell_apart(summaries);
    for (std::size_t i = 0; i < summaries.size(); ++i) add_up(sessions_of_pairs[i], summaries[i]);
    return summaries;
}

}  // namespace iomux::compare
