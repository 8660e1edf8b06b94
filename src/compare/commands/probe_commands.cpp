#include "compare/commands/probe_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "compare/claims/threading_measurement.hpp"
#include "compare/commands/output.hpp"
#include "compare/commands/setup.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/report/claims_text.hpp"
#include "compare/report/monitor_text.hpp"
#include "compare/report/report_text.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/events.hpp"
#include "compare/results/monitor_json.hpp"
#include "compare/servers/programs.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

// The parts of a help text before and after the options.
struct Help {
    std::string_view usage;
    std::string_view end;
};

struct ProbeOptions {
    bool quick;
    Outputs outputs;
};

enum class Streams { nothing, events };

po::options_description described_options(Streams streams) {
    po::options_description options("Options");
    auto add = options.add_options();
    add("quick", "fewer and shorter rounds: takes seconds, but gives wider confidence intervals");
    add("json", po::value<std::string>()->value_name("FILE"),
        "write the figures as JSON; -: to standard output (the text then goes to standard error)");
    if (streams == Streams::events)
        add("events", po::value<std::string>()->value_name("FILE"),
            "stream progress events as JSON Lines; the last one has the figures");
    cli::add_information_options(options);
    return options;
}

// Returns nothing if --help or --version has been answered.
std::optional<ProbeOptions> parse(int argc, const char* const* argv, const Help& help, Streams streams) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(streams), {});
    const auto help_text = [&] {
        std::ostringstream text;
        text << help.usage << described_options(streams) << help.end;
        return text.str();
    };
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    return ProbeOptions{.quick = values.count("quick") != 0, .outputs = outputs_of(values)};
}

constexpr Help monitor_help{
    "Usage: iomux-compare monitor [OPTION]...\n\n"
    "Measures select, poll, epoll, epoll-et (edge-triggered) and io_uring alone, on event descriptors (eventfd(2))\n"
    "instead of servers' sockets. The first table shows the time to make one of many descriptors ready, find it and\n"
    "read it. The second shows the time per event when a growing part of 100 descriptors stays ready, for the\n"
    "level-triggered mechanisms, which report a descriptor again while it stays ready. The mechanisms are measured\n"
    "in turns, in a new order each round. [ ] is the 95 % confidence interval of the median.\n\n",
    "\nExit status: 0 success, 1 a measurement failed, 2 usage error, 130 interrupted\n\n"
    "Try:  ./iomux compare monitor --quick\n"
    "      ./iomux compare monitor --json monitor.json\n"};

constexpr Help claims_help{
    "Usage: iomux-compare claims [OPTION]...\n\n"
    "Tests the claims of the article the project started from (Python I/O multiplexing, 2020) on this machine. The\n"
    "article explains blocking, non-blocking and multiplexed I/O, and shows small servers on select and epoll. For\n"
    "each claim, prints the experiment, the figures and a verdict. The verdict depends only on these figures. If the\n"
    "answer depends on a number, several numbers are tried, and the verdict says between which of them it changes.\n"
    "[ ] is the 95 % confidence interval.\n\n",
    "\nExit status: 0 success, whatever the verdicts, 1 a measurement failed, 2 usage error, 130 interrupted\n\n"
    "Try:  ./iomux compare claims --quick\n"
    "      ./iomux compare claims --json claims.json\n"};

}  // namespace

MonitorRun run_monitor(bool quick, Progress& progress) {
    MonitorPlan plan = quick ? MonitorPlan::quick() : MonitorPlan();
    plan.seed = std::random_device()();
    const auto start = posix::Clock::now();
    return measure_monitor(plan, [&](std::size_t round) {
        const std::chrono::duration<double> spent = posix::Clock::now() - start;
        const std::size_t done = round - 1;
        const double left = done == 0 ? 0 : static_cast<double>(plan.rounds - done) / static_cast<double>(done);
        progress.show("monitor", fmt::format("round {}/{}", round, plan.rounds),
                      std::chrono::ceil<std::chrono::seconds>(spent * left));
    });
}

ClaimsResult run_claims(const MonitorRun& monitor, std::span<const Experiment> scenarios, bool quick,
                        Progress& progress) {
    const auto measure_threads = [&] {
        const std::optional<ThreadingFigures> known = threading_figures_in(scenarios);
        if (known) return *known;
        ProgressOfPart part(progress, "", time_of_probes);
        return measure_threading(quick, part);
    };
    return measure_claims(monitor, measure_threads, progress);
}

namespace {

ClaimsResult measure_all_claims(bool quick, Progress& progress) {
    ProgressOfPart of_monitor(progress, "", longest_threading_measurement(quick) + time_of_probes);
    return run_claims(run_monitor(quick, of_monitor), {}, quick, progress);
}

bool is_measured(const Claim& claim) { return claim.verdict != ClaimVerdict::not_measured; }

enum class State { complete, partial, empty };
State state_of(bool interrupted, bool has_result) {
    return !interrupted ? State::complete : has_result ? State::partial : State::empty;
}

// Throws Interrupted after the output if the results are not complete.
void write_probe(const std::function<std::string(const Terminal&)>& text, const boost::json::object& json, State state,
                 const Outputs& outputs) {
    const auto whole_text = [&](const Terminal& terminal) {
        if (state == State::empty) return std::string(nothing_measured);
        return state == State::partial ? fmt::format("{}\n{}", partial_heading, text(terminal)) : text(terminal);
    };
    write_outputs(whole_text, json, outputs);
    if (state != State::complete) throw Interrupted();
}

}  // namespace

int monitor_command(int argc, const char* const* argv) {
    const std::optional<ProbeOptions> options = parse(argc, argv, monitor_help, Streams::nothing);
    if (!options) return cli::exit_success;
    boost::json::object checked = check_environment(measured_cores({}));
    const MonitorRun run = [&] {
        Progress shown;
        return run_monitor(options->quick, shown);
    }();
    boost::json::object json = json_of(run.result);
    json["partial"] = run.interrupted;
    json["environment"] = std::move(checked);
    write_probe([&](const Terminal& terminal) { return text_of(run.result, terminal); }, json,
                state_of(run.interrupted, has_figures(run.result)), options->outputs);
    return cli::exit_success;
}

int claims_command(int argc, const char* const* argv) {
    const std::optional<ProbeOptions> options = parse(argc, argv, claims_help, Streams::events);
    if (!options) return cli::exit_success;
    static_cast<void>(find_program(load_generator));  // needed in the end, after minutes
    boost::json::object checked = check_environment(measured_cores(cores_of(std::nullopt)));
    std::optional<Events> events;
    if (options->outputs.events)
        events.emplace(*options->outputs.events).started("claims of the article (Python I/O multiplexing, 2020)");
    const ClaimsResult result = [&] {
        Progress shown;
        return measure_all_claims(options->quick, events ? *events : shown);
    }();
    boost::json::object json = json_of(result.claims, std::move(checked));
    json["partial"] = result.interrupted;
    write_probe([&](const Terminal& terminal) { return text_of(result.claims, terminal); }, json,
                state_of(result.interrupted, std::ranges::any_of(result.claims, is_measured)), options->outputs);
    if (events) events->finished(json);
    return events && events->are_lost() ? cli::exit_failure : cli::exit_success;
}

}  // namespace iomux::compare
