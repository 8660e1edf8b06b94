#include "compare/commands/setup.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "cli/program.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/results/environment.hpp"
#include "compare/servers/programs.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

// Raised only where it must be: what the user brings inherits it.
void provide_descriptors(std::size_t connections) {
    constexpr std::size_t descriptors_besides = 64;
    if (connections + descriptors_besides <= posix::descriptor_limit()) return;
    const std::size_t limit = posix::raise_descriptor_limit();
    if (connections + descriptors_besides > limit)
        throw std::runtime_error(fmt::format("{} connections take {} descriptors, the limit is {} (ulimit -n)",
                                             connections, connections + descriptors_besides, limit));
}

bool is_skipped(const Row& row) { return row.skipped.has_value(); }
bool has_failed(const Row& row) { return row.failed.has_value(); }

template <class Predicate>
bool any_row(const Results& results, Predicate holds) {
    return std::ranges::any_of(results.experiments, [&](const Experiment& experiment) {
        return std::ranges::any_of(experiment.points,
                                   [&](const Point& point) { return std::ranges::any_of(point.rows, holds); });
    });
}

// A budget that is up sooner would tell nothing of anybody.
Plan plan_for(const std::vector<Contestant>& contestants, Plan plan) {
    if (plan.budget)
        plan.least_rounds = std::min(plan.most_rounds, std::max(plan.least_rounds, rounds_to_tell(contestants.size())));
    return plan;
}

}  // namespace

void check_baseline(std::span<const Roster> rosters, std::string_view baseline) {
    const auto has_it = [&](const Roster& roster) {
        return std::ranges::find(roster.contestants, baseline, &Contestant::title) != roster.contestants.end();
    };
    if (!baseline.empty() && std::ranges::none_of(rosters, has_it))
        throw cli::UsageError(fmt::format("--baseline {}: it is not among those that are compared", baseline));
}

Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads) {
    // Once: what this process may use becomes less when it takes its own place.
    static const std::vector<int> allowed = posix::allowed_cores();
    Cores cores = server_cores ? choose_cores(allowed, parse_cores(*server_cores, allowed), load_threads)
                               : choose_cores(allowed, load_threads);
    if (cores.are_apart() && cores.load.size() < load_threads)
        fmt::print(stderr,
                   "{}: the load's {} threads share {} core{}, for there is no "
                   "other: {}\n",
                   program_name, load_threads, cores.load.size(), cores.load.size() == 1 ? "" : "s", cores.text());
    return cores;
}

Bench make_bench(const Work& work, const Cores& cores) {
    // Ours, which sleeps while it measures, takes its moments from the load and not from the server.
    if (!cores.load.empty() && !pin_to(cores.load)) posix::throw_errno("cannot choose a core");
    provide_descriptors(work.most_connections());
    // Once: it is the kernel's, and told by a table of all its symbols.
    static const bool interrupts_apart = interrupts_are_apart();
    return {.load_program = find_program(load_generator),
            .work = work,
            .cores = cores,
            .interrupts_apart = interrupts_apart};
}

Results begin_results(const Plan& plan, bool quick) {
    return {.created = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
            .environment = environment(),
            .plan = plan,
            .quick = quick};
}

void run_points(Experiment& experiment, const std::vector<Contestant>& contestants, const Plan& plan,
                Progress& progress) {
    const Cores& cores = experiment.cores;
    const bool counts_calls = std::ranges::find(experiment.figures, Figure::system_calls) != experiment.figures.end();
    for (std::size_t i = 0; i < experiment.points.size(); ++i) {
        Point& point = experiment.points[i];
        if (!point.label.empty())
            progress.enter(fmt::format("{} {}/{} ({})", experiment.name, i + 1, experiment.points.size(), point.label));
        Bench bench = make_bench(point.work, cores);
        bench.system_calls = counts_calls;
        if (progress.wants_samples()) bench.passes = [&](const Sample& sample) { progress.passes(sample); };
        experiment.charges_interrupts = bench.charges_interrupts();
        point.rows = compare(contestants, bench, plan_for(contestants, plan), progress);
    }
}

bool is_well(const Results& results) {
    if (!any_row(results, [](const Row& row) { return !is_skipped(row); }))
        throw std::runtime_error("every server was skipped");
    return !any_row(results, has_failed);
}

}  // namespace iomux::compare
