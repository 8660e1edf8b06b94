#include "compare/profile/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "compare/process/wait.hpp"
#include "compare/profile/process_symbols.hpp"
#include "compare/profile/sampled_pass.hpp"
#include "compare/terminal/table.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// The parts need more time than their sum, because most of them have few samples.
constexpr double share_without_sampling = 0.4;
// With fewer sessions, the parts have no interval.
constexpr std::size_t least_sessions = least_values_for_interval;
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
    sessions.baseline = plan.baseline.value_or("");
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

// The second minus the first, in each session that both completed.
std::optional<MeanEstimate> difference_of(const ServerResult& one, const ServerResult& other) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < std::min(one.rounds.size(), other.rounds.size()); ++i)
        if (one.rounds[i] && other.rounds[i])
            differences.push_back(other.rounds[i]->cpu_us_per_message() - one.rounds[i]->cpu_us_per_message());
    return estimate_of(differences);
}

void take_ratios(const Comparison& comparison, const ExplanationPlan& plan, Explanation& explanation) {
    const Summary summary = summarise(comparison.rows, *plan.baseline);
    if (summary.baseline == nullptr) return;
    explanation.baseline = static_cast<std::size_t>(summary.baseline - comparison.rows.data());
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        if (i == *explanation.baseline || !summary.medians[i]) continue;
        explanation.servers[i].beside_baseline = BesideBaseline{
            .ratio = summary.medians[i]->ratio, .difference = difference_of(*summary.baseline, comparison.rows[i])};
    }
}

void take_costs(const Comparison& comparison, const ExplanationPlan& plan, Explanation& explanation) {
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const ServerResult& row = comparison.rows[i];
        ExplainedServer& server = explanation.servers[i];
        const std::vector<double> costs = costs_of(row);
        server.cost = estimate_of(costs);
        explanation.sessions = std::max(explanation.sessions, costs.size());
    }
    if (plan.baseline)
        take_ratios(comparison, plan, explanation);
    else if (comparison.rows.size() == 2)
        explanation.difference = difference_of(comparison.rows[0], comparison.rows[1]);
}

// What its samples add up to.
void take_sums(std::span<const std::vector<SessionProfile>> sessions, ExplainedServer& server) {
    nanoseconds cpu{0};
    std::size_t unknown = 0;
    std::vector<double> sampling_costs;
    for (const auto& profiles : sessions) {
        const SessionProfile& profile = profiles.front();
        server.samples += profile.count();
        server.messages += profile.messages;
        cpu += profile.cpu;
        unknown += profile.count({});
        if (profile.sampling_cost) sampling_costs.push_back(*profile.sampling_cost);
    }
    server.sampling_cost = estimate_of(sampling_costs);
    if (server.samples == 0) return;
    const SessionProfile all{.messages = server.messages, .cpu = cpu, .samples = {}};
    server.sampled_us = all.us_of(server.samples);
    server.metered_us = all.metered_us();
    server.unknown_share = static_cast<double>(unknown) / static_cast<double>(server.samples);
}

void take_parts_beside_baseline(const SampledPass& pass, Explanation& explanation) {
    std::vector<BesideBaseline*> compared;
    std::vector<std::vector<std::vector<SessionProfile>>> sessions;
    for (std::size_t i = 0; i < explanation.servers.size(); ++i)
        if (std::optional<BesideBaseline>& beside = explanation.servers[i].beside_baseline) {
            compared.push_back(&*beside);
            sessions.push_back(pass.sessions_of(std::array{*explanation.baseline, i}));
        }
    std::vector<PartsSummary> parts = summarise_parts_together(sessions);
    for (std::size_t i = 0; i < compared.size(); ++i) compared[i]->parts = std::move(parts[i]);
}

void take_profiles(const SampledPass& pass, Explanation& explanation) {
    explanation.sampled_sessions = pass.sessions();
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < explanation.servers.size(); ++i) {
        const std::vector<std::vector<SessionProfile>> sessions = pass.sessions_of(std::array{i});
        take_sums(sessions, explanation.servers[i]);
        explanation.servers[i].lines = merge_source_lines(sessions, 0);
        all.push_back(i);
    }
    if (explanation.explains_all) return take_parts_beside_baseline(pass, explanation);
    const std::vector<std::vector<SessionProfile>> sessions = pass.sessions_of(all);
    explanation.parts = summarise_parts(sessions);
    explanation.stacks = merge_stacks(sessions);
    explanation.lines = merge_lines(sessions);
}

bool has_failed(const ExplainedServer& server) { return server.failed.has_value(); }

// Whether enough servers are left to explain.
bool goes_on(const Explanation& explanation) {
    if (!explanation.explains_all) return std::ranges::none_of(explanation.servers, has_failed);
    return explanation.baseline && !has_failed(explanation.servers[*explanation.baseline]);
}

// Which servers are skipped or have failed, and which one is the baseline.
void take_states(const Comparison& comparison, const ExplanationPlan& plan, Explanation& explanation) {
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const ServerResult& row = comparison.rows[i];
        ExplainedServer& server = explanation.servers[i];
        server.skipped = row.skipped;
        if (!server.failed) server.failed = plan.baseline || !row.skipped ? row.failed : row.skipped;
    }
    if (!plan.baseline) return;
    const ServerResult* const baseline = choose_baseline(comparison.rows, *plan.baseline);
    explanation.baseline.reset();
    if (baseline != nullptr) explanation.baseline = static_cast<std::size_t>(baseline - comparison.rows.data());
}

void count(SampledPass& pass, Explanation& explanation, Progress& progress) try {
    progress.show("all servers", "session with hardware counters", pass.time_left());
    const std::vector<std::optional<HardwareCounts>> counts = pass.count_session();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        ExplainedServer& server = explanation.servers[i];
        if (counts[i] && server.cost) server.hardware = counts[i]->within(server.cost->mean * 1e3);
    }
} catch (const Interrupted&) {
    explanation.interrupted = true;
}

// The sessions without sampling and those with it take turns, so that a change of the machine's speed affects both
// alike: the next one is of the kind that has had the smaller share of its time.
class Turns {
public:
    Turns(ComparisonInSteps& comparison, SampledPass& pass, const ExplanationPlan& plan, Explanation& explanation,
          Progress& progress)
        : comparison_(comparison), pass_(pass), plan_(plan), explanation_(explanation), progress_(progress) {}

    // Throws Interrupted.
    void measure() {
        if (!explanation_.explains_all && !goes_on(explanation_)) return;
        compare_session();  // which shows the baseline
        while (goes_on(explanation_)) {
            const bool compares = comparison_.needs_another_session(), samples = pass_.needs_another();
            if (compares && (!samples || is_behind()))
                compare_session();
            else if (samples)
                sample_session();
            else
                break;
        }
    }

private:
    bool is_behind() const { return spent_ * (1 - share_without_sampling) <= pass_.spent() * share_without_sampling; }
    void compare_session() {
        const posix::Clock::time_point begin = posix::Clock::now();
        progress_.enter("", pass_.time_left());
        comparison_.measure_another_session();
        spent_ += posix::Clock::now() - begin;
        take_states(comparison_.so_far(), plan_, explanation_);
        pass_.leave_out_failed(comparison_.so_far());
    }
    void sample_session() {
        progress_.enter("", comparison_.time_left());
        progress_.show("all servers", pass_.step(), pass_.time_left());
        const std::vector<std::optional<std::string>> failed = pass_.run_session(explanation_.missed);
        for (std::size_t i = 0; i < failed.size(); ++i)
            if (failed[i]) explanation_.servers[i].failed = failed[i];
    }

    ComparisonInSteps& comparison_;
    SampledPass& pass_;
    const ExplanationPlan& plan_;
    Explanation& explanation_;
    Progress& progress_;
    nanoseconds spent_{0};
};

bool are_apart(const Interval& one, const Interval& other) { return one.high < other.low || other.high < one.low; }

void check_permissions(const std::vector<ServerSpec>& specs, const TestSetup& setup) {
    if (const std::optional<std::string> why = reason_against_symbols()) throw std::runtime_error(*why);
    if (const std::optional<std::string> why = reason_against_sampling(sampled_cores(specs, setup)))
        throw std::runtime_error(*why);
}

std::vector<ExplainedServer> named(const std::vector<ServerSpec>& specs) {
    std::vector<ExplainedServer> servers;
    for (const ServerSpec& spec : specs) {
        const std::string title = spec.title();
        const bool is_repeated = std::ranges::find(servers, title, &ExplainedServer::title) != servers.end();
        servers.push_back({.spec = spec, .title = is_repeated ? title + " (again)" : title});
    }
    return servers;
}

}  // namespace

Explanation explain(const std::vector<ServerSpec>& specs, const TestSetup& setup, const ExplanationPlan& plan,
                    Progress& progress) {
    check_permissions(specs, setup);
    const KernelSymbols kernel = KernelSymbols::of_this_kernel();
    Explanation explanation{.servers = named(specs), .explains_all = plan.baseline.has_value()};
    const auto time_of_pass = duration_cast<nanoseconds>(plan.budget * (1 - share_without_sampling));
    ComparisonInSteps comparison(specs, setup, plan_without_sampling(plan), progress);
    std::optional<SampledPass> pass;
    try {
        progress.enter("", ceil<seconds>(time_of_pass));
        comparison.begin();
        const Comparison& begun = comparison.so_far();
        if (!begun.why_windows.empty())
            throw std::runtime_error(
                fmt::format("only work that can be measured in sessions can be explained, and {}", begun.why_windows));
        take_states(begun, plan, explanation);
        explanation.slice = begun.slice.value_or(nanoseconds(0));
        if (begun.slice) {
            pass.emplace(begun, setup, kernel, time_of_pass, plan.warmup, plan.seed);
            Turns(comparison, *pass, plan, explanation, progress).measure();
        }
    } catch (const Interrupted&) {
        explanation.interrupted = true;
    }
    take_costs(comparison.so_far(), plan, explanation);
    if (!pass) return explanation;
    take_profiles(*pass, explanation);
    explanation.no_hardware_counts = reason_against_hardware_counters();
    if (!explanation.no_hardware_counts && !explanation.interrupted && goes_on(explanation))
        count(*pass, explanation, progress);
    return explanation;
}

std::vector<std::string> warnings_on(const Explanation& explanation) {
    constexpr double largest_unknown_share = 0.03;
    constexpr double largest_gap = 0.05;
    std::vector<std::string> warnings;
    for (const ExplainedServer& server : explanation.servers) {
        if (server.skipped || server.failed) continue;
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
    const auto check_sum = [&](const std::string& of_whom, const auto& whole, const auto& parts) {
        if (whole && whole->interval && parts && parts->interval && are_apart(*whole->interval, *parts->interval))
            warnings.push_back(
                fmt::format("the parts{} add up to a difference of {} µs per message, but without sampling it is {} µs",
                            of_whom, grouped(parts->mean, 2), grouped(whole->mean, 2)));
    };
    check_sum("", explanation.difference, explanation.parts.difference);
    for (const ExplainedServer& server : explanation.servers)
        if (const std::optional<BesideBaseline>& beside = server.beside_baseline)
            check_sum(" of " + server.title, beside->difference, beside->parts.difference);
    if (explanation.missed.lost > 0)
        warnings.push_back(
            fmt::format("the kernel lost {} samples", grouped(static_cast<double>(explanation.missed.lost))));
    if (explanation.missed.throttled > 0)
        warnings.push_back(fmt::format("the kernel paused the sampling {} times because it took too much time",
                                       grouped(static_cast<double>(explanation.missed.throttled))));
    return warnings;
}

}  // namespace iomux::compare
