#include "compare/profile/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "compare/comparison/sessions.hpp"
#include "compare/process/wait.hpp"
#include "compare/profile/counted_session.hpp"
#include "compare/profile/process_symbols.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// The parts need more time than their sum, because most of them have few samples.
constexpr double share_without_sampling = 0.4;
// The rest of a session with samples is for starting the servers, warming them up, and settling.
constexpr double share_of_slices = 0.6;
// With fewer sessions, the parts have no interval.
constexpr std::size_t least_sessions = least_values_for_interval;
constexpr std::size_t usual_sampled_sessions = 12;
// With less time, sessions are shorter than usual, so that there are enough of them.
constexpr seconds usual_budget{10};

Plan plan_without_sampling(const ExplanationPlan& plan) {
    Plan sessions{.sessions = SessionLimits{.least = least_sessions, .most = 1000}};
    if (plan.budget < usual_budget) sessions.sessions->cycles /= 2;
    sessions.sessions->slice = plan.slice;
    sessions.sessions->longest_slice = 1s;  // windows cannot replace sessions
    sessions.sessions->warmup = plan.warmup;
    sessions.budget = duration_cast<nanoseconds>(plan.budget * share_without_sampling);
    // Windows would take the place of sessions, but nothing could be sampled in them.
    sessions.least_rounds = sessions.most_rounds = 0;
    sessions.seed = plan.seed;
    return sessions;
}

std::optional<MeanEstimate> estimate_of(const std::vector<double>& values) {
    return mean_by_bootstrap(values, level_of_parts);
}

std::vector<double> costs_of(const ServerResult& row) {
    std::vector<double> costs;
    for (const std::optional<Round>& round : row.rounds)
        if (round) costs.push_back(round->cpu_us_per_message());
    return costs;
}

void take_costs(const Comparison& comparison, Explanation& explanation) {
    std::vector<std::vector<double>> costs;
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const ServerResult& row = comparison.rows[i];
        ExplainedServer& server = explanation.servers[i];
        server.failed = row.skipped ? row.skipped : row.failed;
        costs.push_back(costs_of(row));
        server.cost = estimate_of(costs.back());
        explanation.sessions = std::max(explanation.sessions, costs.back().size());
    }
    if (costs.size() != 2) return;
    std::vector<double> differences;
    for (std::size_t i = 0; i < std::min(costs[0].size(), costs[1].size()); ++i)
        differences.push_back(costs[1][i] - costs[0][i]);
    explanation.difference = estimate_of(differences);
}

// Its start and its warm-up take as long for few cycles as for many, so the session should not be short.
SessionPlan session_plan(const Comparison& comparison, const ExplanationPlan& plan) {
    const nanoseconds slice = *comparison.slice;
    const auto servers = static_cast<double>(comparison.rows.size());
    const nanoseconds time_of_slices =
        std::min(nanoseconds(1s), duration_cast<nanoseconds>(plan.budget * (1 - share_without_sampling) *
                                                             share_of_slices / (usual_sampled_sessions * servers)));
    SessionPlan session{.warmup_cycles = static_cast<std::size_t>(ceil<nanoseconds>(60ms) / slice) + 1,
                        .cycles = std::max<std::size_t>(5, static_cast<std::size_t>(time_of_slices / slice)),
                        .slice = slice};
    const SessionLimits limits{.warmup = plan.warmup};
    for (const ServerResult& row : comparison.rows) session.warm_ups.push_back(warm_up_for(row, limits));
    return session;
}

class SampledPass {
public:
    SampledPass(const Comparison& comparison, const TestSetup& setup, const ExplanationPlan& plan,
                const KernelSymbols& kernel)
        : setup_(setup),
          kernel_(kernel),
          plan_(session_plan(comparison, plan)),
          budget_(duration_cast<nanoseconds>(plan.budget * (1 - share_without_sampling))),
          random_(plan.seed) {
        for (const ServerResult& row : comparison.rows) specs_.push_back(row.spec);
    }

    bool needs_another() const {
        if (sessions_.size() < least_sessions) return true;
        return spent() + spent() / static_cast<nanoseconds::rep>(sessions_.size()) <= budget_;
    }
    // Returns why a server failed.
    std::vector<std::optional<std::string>> run_session(MissedSamples& missed) {
        plan_.seed = random_();
        std::vector<std::optional<std::string>> failed;
        std::vector<SessionProfile> profiles;
        for (ProfileShare& share : profile_session(specs_, setup_, plan_, kernel_, missed)) {
            failed.push_back(share.failed);
            if (share.profile) profiles.push_back(std::move(*share.profile));
        }
        if (profiles.size() == specs_.size()) sessions_.push_back(std::move(profiles));
        return failed;
    }

    std::vector<std::optional<HardwareCounts>> count_session() { return count_in_session(specs_, setup_, plan_); }

    const std::vector<std::vector<SessionProfile>>& sessions() const { return sessions_; }
    std::string step() const { return fmt::format("session {} with sampling", sessions_.size() + 1); }
    seconds time_left() const { return ceil<seconds>(std::max(budget_ - spent(), nanoseconds(0))); }

private:
    nanoseconds spent() const { return posix::Clock::now() - began_; }

    const TestSetup& setup_;
    const KernelSymbols& kernel_;
    SessionPlan plan_;
    const nanoseconds budget_;
    const posix::Clock::time_point began_ = posix::Clock::now();
    std::mt19937_64 random_;
    std::vector<ServerSpec> specs_;
    std::vector<std::vector<SessionProfile>> sessions_;
};

void take_profiles(const std::vector<std::vector<SessionProfile>>& sessions, Explanation& explanation) {
    explanation.sampled_sessions = sessions.size();
    explanation.parts = summarise_parts(sessions);
    explanation.stacks = merge_stacks(sessions);
    for (std::size_t i = 0; i < explanation.servers.size() && !sessions.empty(); ++i) {
        ExplainedServer& server = explanation.servers[i];
        nanoseconds cpu{0};
        std::size_t unknown = 0;
        for (const auto& profiles : sessions) {
            server.samples += profiles[i].count();
            server.messages += profiles[i].messages;
            cpu += profiles[i].cpu;
            unknown += profiles[i].count({});
        }
        if (server.samples == 0) continue;
        const SessionProfile all{.messages = server.messages, .cpu = cpu, .samples = {}};
        server.sampled_us = all.us_of(server.samples);
        server.metered_us = all.metered_us();
        server.unknown_share = static_cast<double>(unknown) / static_cast<double>(server.samples);
    }
}

bool has_failed(const ExplainedServer& server) { return server.failed.has_value(); }

// Returns whether it was interrupted.
bool count(SampledPass& pass, Explanation& explanation, Progress& progress) {
    if (std::ranges::any_of(explanation.servers, has_failed)) return false;
    try {
        progress.show("all servers", "session with hardware counters", pass.time_left());
        const std::vector<std::optional<HardwareCounts>> counts = pass.count_session();
        for (std::size_t i = 0; i < counts.size(); ++i) {
            ExplainedServer& server = explanation.servers[i];
            if (counts[i] && server.cost) server.hardware = counts[i]->within(server.cost->mean * 1e3);
        }
    } catch (const Interrupted&) {
        return true;
    }
    return false;
}

// Returns whether it was interrupted.
bool sample(SampledPass& pass, Explanation& explanation, Progress& progress) {
    try {
        while (std::ranges::none_of(explanation.servers, has_failed) && pass.needs_another()) {
            progress.show("all servers", pass.step(), pass.time_left());
            const std::vector<std::optional<std::string>> failed = pass.run_session(explanation.missed);
            for (std::size_t i = 0; i < failed.size(); ++i) explanation.servers[i].failed = failed[i];
        }
    } catch (const Interrupted&) {
        return true;
    }
    return false;
}

bool are_apart(const Interval& one, const Interval& other) { return one.high < other.low || other.high < one.low; }

void check_permissions(const std::vector<ServerSpec>& specs, const TestSetup& setup) {
    if (const std::optional<std::string> why = reason_against_symbols()) throw std::runtime_error(*why);
    if (const std::optional<std::string> why = reason_against_sampling(sampled_cores(specs, setup)))
        throw std::runtime_error(*why);
}

}  // namespace

Explanation explain(const std::vector<ServerSpec>& specs, const TestSetup& setup, const ExplanationPlan& plan,
                    Progress& progress) {
    check_permissions(specs, setup);
    const KernelSymbols kernel = KernelSymbols::of_this_kernel();
    Explanation explanation;
    for (const ServerSpec& spec : specs) explanation.servers.push_back({.spec = spec, .title = spec.title()});
    const Comparison comparison = compare(specs, setup, plan_without_sampling(plan), progress);
    take_costs(comparison, explanation);
    explanation.interrupted = comparison.interrupted;
    explanation.slice = comparison.slice.value_or(nanoseconds(0));
    if (!comparison.why_windows.empty())
        throw std::runtime_error(
            fmt::format("only work that can be measured in sessions can be explained, and {}", comparison.why_windows));
    if (comparison.interrupted || !comparison.slice || std::ranges::any_of(explanation.servers, has_failed))
        return explanation;
    SampledPass pass(comparison, setup, plan, kernel);
    explanation.interrupted = sample(pass, explanation, progress);
    take_profiles(pass.sessions(), explanation);
    explanation.no_hardware_counts = reason_against_hardware_counters();
    if (!explanation.no_hardware_counts && !explanation.interrupted)
        explanation.interrupted = count(pass, explanation, progress);
    return explanation;
}

std::vector<std::string> warnings_on(const Explanation& explanation) {
    constexpr double largest_unknown_share = 0.03;
    constexpr double largest_gap = 0.05;
    std::vector<std::string> warnings;
    for (const ExplainedServer& server : explanation.servers) {
        if (!server.is_sampled()) {
            if (explanation.sampled_sessions > 0)
                warnings.push_back(fmt::format(
                    "no sample was taken of {}, which uses too little CPU time; raise --budget", server.title));
            continue;
        }
        if (server.unknown_share > largest_unknown_share)
            warnings.push_back(fmt::format("{:.1f} % of the samples of {} are of unknown functions",
                                           server.unknown_share * 100, server.title));
        const double gap = server.sampled_us / server.metered_us - 1;
        if (std::abs(gap) > largest_gap)
            warnings.push_back(
                fmt::format("the parts of {} add up to {} µs per message, but its CPU clock counted {} µs",
                            server.title, grouped(server.sampled_us, 2), grouped(server.metered_us, 2)));
    }
    if (const auto& whole = explanation.difference, &parts = explanation.parts.difference;
        whole && whole->interval && parts && parts->interval && are_apart(*whole->interval, *parts->interval))
        warnings.push_back(
            fmt::format("the parts add up to a difference of {} µs per message, but without sampling it is {} µs",
                        grouped(parts->mean, 2), grouped(whole->mean, 2)));
    if (explanation.missed.lost > 0)
        warnings.push_back(
            fmt::format("the kernel lost {} samples", grouped(static_cast<double>(explanation.missed.lost))));
    if (explanation.missed.throttled > 0)
        warnings.push_back(fmt::format("the kernel paused the sampling {} times because it took too much time",
                                       grouped(static_cast<double>(explanation.missed.throttled))));
    return warnings;
}

}  // namespace iomux::compare
