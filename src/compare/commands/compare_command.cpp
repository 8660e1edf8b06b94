#include "cli/program.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/setup.hpp"
#include "compare/comparison/run_points.hpp"
#include "compare/measure/bench.hpp"
#include "compare/results/events.hpp"

namespace iomux::compare {

int compare_command(int argc, const char* const* argv) {
    const std::optional<Options> options = parse_options(argc, argv);
    if (!options) return cli::exit_success;
    const Plan& plan = options->manner.plan;
    const Roster roster = gather(options->whom);
    check_baseline({&roster, 1}, plan.baseline);
    const Cores cores = cores_of(options->manner.server_cores, options->work.load_threads);
    warn_of_shared_cores(cores, options->work.load_threads);
    Results results = begin_results(plan, false);
    Experiment& experiment = results.experiments.emplace_back(Experiment{.name = std::string(single_comparison),
                                                                         .question = "What does a message cost?",
                                                                         .figures = {Figure::cpu, Figure::system_calls},
                                                                         .cores = cores});
    experiment.points.push_back({.at = {}, .label = "", .work = options->work, .rows = {}});
    std::optional<Events> events;
    if (options->outputs.events) events.emplace(*options->outputs.events);
    if (events) events->started(roster.contestants, options->work, plan);
    {
        Progress shown;
        run_points(experiment, roster.contestants, plan, events ? *events : shown);
    }
    write_outputs(results, options->outputs);
    if (events) events->finished(results);
    return is_well(results) && roster.missing.empty() ? cli::exit_success : cli::exit_failure;
}

}  // namespace iomux::compare
