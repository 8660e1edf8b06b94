#include "compare/commands/probe_commands.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "compare/claims/claims_crowds.hpp"
#include "compare/claims/claims_measurement.hpp"
#include "compare/commands/output.hpp"
#include "compare/report/claims_text.hpp"
#include "compare/report/monitor_text.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/environment.hpp"
#include "compare/results/events.hpp"
#include "compare/results/monitor_json.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

struct ProbeOptions {
    bool quick;
    Outputs outputs;
};

enum class Tells { nothing, events };

po::options_description described_options(Tells tells) {
    po::options_description options("Options");
    auto add = options.add_options();
    add("quick", "fewer and shorter rounds: seconds, and wider intervals");
    add("json", po::value<std::string>()->value_name("FILE"),
        "write the figures as JSON; - is standard output, and the text then goes to standard error");
    if (tells == Tells::events)
        add("events", po::value<std::string>()->value_name("FILE"),
            "write what happens as it happens, the figures at its end, as JSON objects, a line each");
    add("help", "this text");
    add("version", "the version");
    return options;
}

// Nothing where a question about the program has been answered.
std::optional<ProbeOptions> parse(int argc, const char* const* argv, std::string_view usage, Tells tells) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(tells), {});
    const auto help_text = [&] {
        std::ostringstream text;
        text << usage << described_options(tells);
        return text.str();
    };
    if (cli::answers_about_itself(values, "iomux-compare", help_text)) return std::nullopt;
    return ProbeOptions{.quick = values.count("quick") != 0, .outputs = outputs_of(values)};
}

constexpr std::string_view monitor_usage =
    "Usage: iomux-compare monitor [OPTION]...\n\n"
    "Measures select, poll, epoll and io_uring alone, without sockets or servers: what it costs to find the one\n"
    "descriptor of many that is ready, and the many of a hundred that are. All in turns, in another order each round;\n"
    "behind ± how far a median may be off, in 95 of 100 cases.\n\n";

constexpr std::string_view claims_usage =
    "Usage: iomux-compare claims [OPTION]...\n\n"
    "Tries here what the document on multiplexing says of the models and of its servers: each claim, the experiment,\n"
    "what it found, and whether the claim holds. Every verdict is that of the figures beside it.\n\n";

}  // namespace

MonitorResult run_monitor(bool quick, Progress& progress) {
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

std::vector<Claim> run_claims(const MonitorResult& monitor, std::span<const Experiment> scenarios, bool quick,
                              Progress& progress) {
    const auto crowds = [&] {
        const std::optional<ThreadingFigures> known = crowds_in(scenarios);
        if (known) return *known;
        ProgressOfPart part(progress, "", time_of_probes);
        return measure_crowds(quick, part);
    };
    return measure_claims(monitor, crowds, progress);
}

namespace {

std::vector<Claim> try_claims(bool quick, Progress& progress) {
    ProgressOfPart of_monitor(progress, "", longest_crowds(quick) + time_of_probes);
    return run_claims(run_monitor(quick, of_monitor), {}, quick, progress);
}

}  // namespace

int monitor_command(int argc, const char* const* argv) {
    const std::optional<ProbeOptions> options = parse(argc, argv, monitor_usage, Tells::nothing);
    if (!options) return cli::exit_success;
    const MonitorResult result = [&] {
        Progress shown;
        return run_monitor(options->quick, shown);
    }();
    boost::json::object json = json_of(result);
    json["environment"] = environment();
    write_outputs([&](const Terminal& terminal) { return text_of(result, terminal); }, json, options->outputs);
    return cli::exit_success;
}

int claims_command(int argc, const char* const* argv) {
    const std::optional<ProbeOptions> options = parse(argc, argv, claims_usage, Tells::events);
    if (!options) return cli::exit_success;
    std::optional<Events> events;
    if (options->outputs.events) events.emplace(*options->outputs.events).started("the claims of the document");
    const std::vector<Claim> claims = [&] {
        Progress shown;
        return try_claims(options->quick, events ? *events : shown);
    }();
    const boost::json::object json = json_of(claims, environment());
    write_outputs([&](const Terminal& terminal) { return text_of(claims, terminal); }, json, options->outputs);
    if (events) events->finished(json);
    return cli::exit_success;
}

}  // namespace iomux::compare
