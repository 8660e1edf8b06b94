#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/program.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/continued.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/probe_commands.hpp"
#include "compare/commands/setup.hpp"
#include "compare/comparison/run_points.hpp"
#include "compare/comparison/scenarios.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/results/events.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

// The fewest rounds with which a difference between five servers can be significant (`rounds_for_significance`).
constexpr std::size_t quick_rounds = 8;

// These need no servers. `run` accepts them like scenarios; they are also commands.
constexpr std::string_view monitor = "monitor";
constexpr std::string_view claims = "claims";

bool is_wanted(std::string_view name, const std::vector<std::string>& names) {
    return names.empty() || std::ranges::find(names, name) != names.end();
}

std::vector<std::string_view> all_names() {
    std::vector<std::string_view> names;
    for (const Scenario& scenario : scenarios()) names.push_back(scenario.name);
    names.insert(names.end(), {monitor, claims});
    return names;
}

[[noreturn]] void refuse_scenario(const std::string& name) {
    if (std::ranges::find(commands(), name, &Subcommand::name) != commands().end())
        throw cli::UsageError(
            fmt::format("no scenario named \"{}\"; it is a command: {} {}", name, program_name, name));
    if (is_server(name))
        throw cli::UsageError(fmt::format("no scenario named \"{}\"; it is a server: --servers {}", name, name));
    throw cli::UsageError(cli::not_known("scenario", name, all_names()));
}

std::vector<const Scenario*> chosen(const std::vector<std::string>& names) {
    std::vector<const Scenario*> chosen;
    for (const Scenario& scenario : scenarios())
        if (is_wanted(scenario.name, names)) chosen.push_back(&scenario);
    for (const std::string& name : names)
        if (find_scenario(name) == nullptr && name != monitor && name != claims) refuse_scenario(name);
    return chosen;
}

ServerChoice servers_for(const Scenario& scenario, const RunOptions& options) {
    ServerChoice choice = options.choice;
    if (choice.which != ServerChoice::Which::usual) return choice;
    const std::string_view names = options.quick ? scenario.quick_servers : scenario.servers;
    if (names.empty()) return choice;
    choice.which = ServerChoice::Which::named;
    choice.servers = parse_selections(names);
    return choice;
}

// They take a few seconds for each point, and can show differences of a few per cent.
constexpr std::size_t quick_sessions = 6;
constexpr std::size_t quick_cycles = 5;

Plan plan_of(const RunOptions& options) {
    Plan plan = options.measurement.plan;
    if (options.quick && !options.names_length && plan.sessions) {
        plan.sessions->least = plan.sessions->most = quick_sessions;
        plan.sessions->cycles = quick_cycles;
    }
    if (options.quick && !options.names_length) plan.least_rounds = plan.most_rounds = quick_rounds;
    return plan;
}

Plan plan_for(const Scenario& scenario, const ServerList& server_list, const RunOptions& options) {
    Plan plan = plan_of(options);
    if (options.quick && !options.names_length)
        plan.least_rounds = plan.most_rounds =
            std::max(quick_rounds, rounds_for_significance(server_list.specs.size()));
    if (scenario.in_windows) plan.sessions.reset();
    if (!scenario.takes_rounds) {
        plan.sessions.reset();
        plan.least_rounds = plan.most_rounds = 0;
    }
    return plan;
}

std::optional<std::string> server_cores_for(const Scenario& scenario, const RunOptions& options) {
    if (options.measurement.server_cores || scenario.server_cores.empty()) return options.measurement.server_cores;
    return std::string(scenario.server_cores);
}

Experiment prepared(const Scenario& scenario, const RunOptions& options) {
    Experiment experiment{.name = std::string(scenario.name),
                          .question = std::string(scenario.question),
                          .figures = scenario.figures,
                          .cores = cores_of(server_cores_for(scenario, options)),
                          .points = scenario.points(options.quick)};
    for (Point& point : experiment.points) {
        point.work.warmup = options.warmup.value_or(point.work.warmup);
        point.work.duration = options.duration.value_or(point.work.duration);
    }
    return experiment;
}

// Those of all its scenarios, and of what needs no servers.
std::vector<int> cores_of_run(const std::vector<const Scenario*>& to_run, const RunOptions& options) {
    std::set<int> cores;
    const auto add = [&](const std::optional<std::string>& server_cores) {
        for (const int core : measured_cores(cores_of(server_cores))) cores.insert(core);
    };
    add(options.measurement.server_cores);
    for (const Scenario* scenario : to_run) add(server_cores_for(*scenario, options));
    return {cores.begin(), cores.end()};
}

// A point that needs more connections than are possible here is skipped, and its table says why. This refuses a
// scenario that has no other points.
void check_limits_of(const std::vector<Point>& points) {
    if (std::ranges::all_of(points, [](const Point& point) { return lack_for_connections(point.work).has_value(); }))
        check_limits(points.front().work);
}

// Called before anything is measured, because measuring takes minutes.
void check_outputs(const RunOptions& options, const std::vector<const Scenario*>& to_run) {
    const Outputs& outputs = options.outputs;
    for (const auto& [name, file] : {std::pair{"csv", &outputs.csv}, std::pair{"markdown", &outputs.markdown}})
        if (*file && to_run.empty())
            throw cli::UsageError(fmt::format(
                "--{}: monitor and claims have no tables of servers; write their results with --json or --html", name));
    const auto is_drawn = [&](const Scenario* scenario) { return scenario->points(options.quick).size() > 1; };
    if (outputs.svg && std::ranges::none_of(to_run, is_drawn))
        throw cli::UsageError(fmt::format(
            "--svg: a chart needs a scenario with two points or more; \"{} list\" shows them", program_name));
}

// Events say nothing about what has no servers, and those of several scenarios could not be told apart.
void check_events(const RunOptions& options, const std::vector<const Scenario*>& to_run) {
    if (!options.outputs.events) return;
    if (to_run.size() != 1 || options.scenarios.size() != 1)
        throw cli::UsageError(fmt::format("--events: name exactly one scenario; \"{} list\" shows them", program_name));
}

std::size_t count_sessions(const Experiment& experiment) {
    const std::vector<ServerResult>& rows = experiment.points.front().rows;
    return rows.empty() ? 0 : rows.front().rounds.size();
}

// Measures the comparison, or continues it if it has sessions, and writes its outputs. Returns whether all servers were
// measured and all events were written.
bool measure_comparison(Results& results, const std::vector<ServerSpec>& specs, const Outputs& outputs) {
    Experiment& experiment = results.experiments.front();
    const std::size_t sessions_before = count_sessions(experiment);
    std::optional<Events> events;
    if (outputs.events) events.emplace(*outputs.events);
    if (events) events->started(specs, experiment, results.plan);
    try {
        Progress shown;
        run_points(experiment, specs, results.plan, events ? *events : shown);
    } catch (const Interrupted&) {
        results.partial = true;
    }
    if (sessions_before > 0 && count_sessions(experiment) == sessions_before) {
        if (results.partial) throw Interrupted();  // the file has all of it
        cli::print_remark("no session was added, because all ratios are precise enough already");
    }
    write_outputs(results, outputs);
    if (results.partial) throw Interrupted();
    if (events) events->finished(results);
    return all_measured(results) && !(events && events->are_lost());
}

int begin_comparison(const Options& options) {
    const Plan& plan = options.measurement.plan;
    const ServerList server_list = resolve_servers(options.choice);
    warn_of_missing_servers({&server_list, 1});
    check_baseline({&server_list, 1}, plan.baseline);
    check_options(server_list.specs, options.work);
    check_limits(options.work);
    static_cast<void>(find_program(load_generator));
    const Cores cores = cores_of(options.measurement.server_cores, options.work.load_threads);
    warn_of_shared_cores(cores, options.work.load_threads);
    Results results = begin_results(plan, false, measured_cores(cores));
    Experiment& experiment = results.experiments.emplace_back(Experiment{.name = std::string(single_comparison),
                                                                         .question = "What does a message cost?",
                                                                         .figures = {Figure::cpu, Figure::system_calls},
                                                                         .cores = cores});
    experiment.points.push_back({.at = {}, .label = "", .work = options.work, .rows = {}});
    const bool is_complete = measure_comparison(results, server_list.specs, options.outputs);
    return is_complete && server_list.missing.empty() ? cli::exit_success : cli::exit_failure;
}

int continue_comparison(const Options& options) {
    Results results = results_to_continue(options);
    std::vector<ServerSpec> specs;
    for (const ServerResult& row : results.experiments.front().points.front().rows) specs.push_back(row.spec);
    return measure_comparison(results, specs, options.outputs) ? cli::exit_success : cli::exit_failure;
}

}  // namespace

int compare_command(int argc, const char* const* argv) {
    const std::optional<Options> options = parse_options(argc, argv);
    if (!options) return cli::exit_success;
    return options->continued ? continue_comparison(*options) : begin_comparison(*options);
}

int run_command(int argc, const char* const* argv) {
    const std::optional<RunOptions> options = parse_run_options(argc, argv);
    if (!options) return cli::exit_success;
    const std::vector<const Scenario*> to_run = chosen(options->scenarios);
    check_outputs(*options, to_run);
    check_events(*options, to_run);
    std::vector<ServerList> server_lists;
    for (const Scenario* scenario : to_run) server_lists.push_back(resolve_servers(servers_for(*scenario, *options)));
    warn_of_missing_servers(server_lists);
    if (!server_lists.empty()) check_baseline(server_lists, options->measurement.plan.baseline);
    for (std::size_t i = 0; i < to_run.size(); ++i) {
        const std::vector<Point> points = to_run[i]->points(options->quick);
        check_options(server_lists[i].specs, points.front().work);
        check_limits_of(points);
    }
    if (!to_run.empty() || is_wanted(claims, options->scenarios)) static_cast<void>(find_program(load_generator));
    const bool all_there =
        std::ranges::all_of(server_lists, [](const ServerList& server_list) { return server_list.missing.empty(); });
    Results results = begin_results(plan_of(*options), options->quick, cores_of_run(to_run, *options));
    results.partial = true;  // until all is measured
    std::optional<Events> events;
    if (options->outputs.events) events.emplace(*options->outputs.events);
    try {
        Progress shown;
        Progress& progress = events ? *events : shown;
        for (std::size_t i = 0; i < to_run.size(); ++i) {
            Experiment& experiment = results.experiments.emplace_back(prepared(*to_run[i], *options));
            const Plan plan = plan_for(*to_run[i], server_lists[i], *options);
            if (events) events->started(server_lists[i].specs, experiment, plan);
            run_points(experiment, server_lists[i].specs, plan, progress,
                       events ? PointOrder::in_turns : PointOrder::one_by_one);
            save_partial(results, options->outputs);
        }
        if (is_wanted(monitor, options->scenarios) || is_wanted(claims, options->scenarios)) {
            const MonitorRun mechanisms = run_monitor(options->quick, progress);
            if (is_wanted(monitor, options->scenarios) && has_figures(mechanisms.result))
                results.monitor = mechanisms.result;
            if (mechanisms.interrupted) throw Interrupted();
            if (is_wanted(claims, options->scenarios)) {
                ClaimsResult tested = run_claims(mechanisms, results.experiments, options->quick, progress);
                results.claims = std::move(tested.claims);
                if (tested.interrupted) throw Interrupted();
            }
        }
    } catch (const Interrupted&) {
        write_outputs(results, options->outputs);
        throw;
    }
    results.partial = false;
    write_outputs(results, options->outputs);
    if (events) events->finished(results);
    const bool is_complete = (to_run.empty() || all_measured(results)) && all_there;
    return is_complete && !(events && events->are_lost()) ? cli::exit_success : cli::exit_failure;
}

int list_command(int argc, const char* const* argv) {
    boost::program_options::options_description options("Options");
    cli::add_information_options(options);
    const auto values = cli::parse_options(argc, argv, options, {});
    const auto help_text = [&] {
        std::ostringstream text;
        text << "Usage: " << program_name << " list\n\n"
             << "Lists the scenarios of 'iomux-compare run': the question of each, and its number of points. A point\n"
             << "is one value of what the scenario varies: a column of its table. The last two, monitor and claims,\n"
             << "have no points; they are also commands.\n\n"
             << options << "\nTry:  ./iomux compare list\n";
        return text.str();
    };
    if (cli::answers_about_itself(values, program_name, help_text)) return cli::exit_success;
    for (const Scenario& scenario : scenarios())
        cli::print(fmt::format("{:<11} {}\n            points: {}; with --quick: {}\n", scenario.name,
                               scenario.question, scenario.points(false).size(), scenario.points(true).size()));
    cli::print(fmt::format("{:<11} What does each mechanism cost without sockets and servers?\n", monitor));
    cli::print(fmt::format(
        "{:<11} Which claims of the article the project started from (Python I/O multiplexing, 2020) hold here?\n"
        "            They are about I/O models, and about the article's servers on select and epoll.\n",
        claims));
    cli::print("\nA point is one value of what a scenario varies: a column of its table.\n");
    return cli::exit_success;
}

}  // namespace iomux::compare
