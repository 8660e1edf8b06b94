#include "compare/comparison/run_points.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compare/comparison/summary.hpp"
#include "compare/measure/bench.hpp"

namespace iomux::compare {
namespace {

// A budget that is up sooner would tell nothing of anybody.
Plan plan_for(const std::vector<Contestant>& contestants, Plan plan) {
    if (plan.budget)
        plan.least_rounds = std::min(plan.most_rounds, std::max(plan.least_rounds, rounds_to_tell(contestants.size())));
    return plan;
}

}  // namespace

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

}  // namespace iomux::compare
