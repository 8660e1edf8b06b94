#include "compare/comparison/run_points.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compare/comparison/summary.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

// A time budget must allow enough rounds to show a difference.
Plan plan_for(const std::vector<ServerSpec>& specs, Plan plan) {
    if (plan.budget)
        plan.least_rounds =
            std::min(plan.most_rounds, std::max(plan.least_rounds, rounds_for_significance(specs.size())));
    return plan;
}

}  // namespace

void run_points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress) {
    const Cores& cores = experiment.cores;
    const bool counts_calls = std::ranges::find(experiment.figures, Figure::system_calls) != experiment.figures.end();
    for (std::size_t i = 0; i < experiment.points.size(); ++i) {
        Point& point = experiment.points[i];
        if (!point.label.empty())
            progress.enter(fmt::format("{} {}/{} ({})", experiment.name, i + 1, experiment.points.size(), point.label));
        TestSetup setup = make_test_setup(point.work, cores);
        setup.system_calls = counts_calls;
        if (progress.wants_samples()) setup.passes = [&](const Sample& sample) { progress.passes(sample); };
        experiment.charges_interrupts = setup.charges_interrupts();
        Comparison comparison = compare(specs, setup, plan_for(specs, plan), progress);
        point.rows = std::move(comparison.rows);
        point.slice = comparison.slice;
        point.why_windows = std::move(comparison.why_windows);
        if (comparison.interrupted) {
            experiment.points.resize(i + 1);
            summarise(experiment, plan.baseline);
            throw Interrupted();
        }
    }
    summarise(experiment, plan.baseline);
}

}  // namespace iomux::compare
