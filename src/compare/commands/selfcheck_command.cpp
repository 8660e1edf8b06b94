#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/output.hpp"
#include "compare/commands/selfcheck_measurement.hpp"
#include "compare/commands/setup.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

// With one session, nothing is known about the precision.
using CheckSessions = cli::Whole<2, 1000>;

po::options_description selfcheck_options() {
    const SelfCheckPlan plan;
    po::options_description options("Options");
    auto add = options.add_options();
    add("budget", po::value<cli::Duration>()->default_value({plan.budget}),
        "time for everything; at least 8 sessions are measured (about 30s), even if they take longer");
    add("sessions", po::value<CheckSessions>()->value_name("N"),
        "number of sessions; default: as many as fit into three quarters of the budget, at least 8");
    add("slowed-by", po::value<std::string>()->value_name("P%,Q%")->default_value("2%,5%"),
        "how much slower the slowed servers are, as shares of the CPU per message: each above 0%, at most 100%");
    add_server_cores_option(options);
    add("json", po::value<std::string>()->value_name("FILE"),
        "write the figures as JSON; -: to standard output (the text then goes to standard error)");
    cli::add_information_options(options);
    return options;
}

std::string selfcheck_help_text() {
    std::ostringstream text;
    text
        << "Usage: " << program_name << " selfcheck [OPTION]...\n\n"
        << "Tests the comparison with servers whose differences are known. Compares eight equal epoll servers and two\n"
           "that are 2 % and 5 % slower, in sessions and under the default load. All of them spin for each message\n"
           "(--work), the slowed ones longer. How much longer is calibrated first, in a quarter of the budget.\n\n"
        << selfcheck_options() << "\n"
        << "The check fails\n"
           "  - if an equal server is called cheaper or costlier (in at most 5 % of runs of a sound comparison)\n"
           "  - if a slowed server is not found, although a comparison of this precision finds it in 99 % of runs\n"
           "    (in at most 1 % of runs of a sound comparison, for each slowed server)\n"
           "  - if the 99 % confidence interval of a slowed server, which includes the uncertainty of the "
           "calibration,\n"
           "    does not contain the true ratio (in at most 1 % of runs of a sound comparison, for each slowed "
           "server)\n"
           "So with two slowed servers, a sound comparison fails in at most 9 of 100 runs.\n"
           "If the check does not fail, it passes if the server that is slowed most is found, and not by luck: the\n"
           "calculated chance to find it at this precision must be at least 50 %. Otherwise it is inconclusive: the\n"
           "machine is too noisy.\n"
           "\n"
           "Exit status: 0 passed, 1 failed or a measurement failed, 2 usage error, 98 inconclusive, 130 interrupted\n"
           "\n"
        << "Try:  ./iomux compare selfcheck\n"
           "      ./iomux compare selfcheck --budget 3m --slowed-by 1%,2%,5%\n";
    return text.str();
}

std::vector<double> shares_of(const std::string& list) {
    std::vector<double> shares;
    for (const std::string& entry : cli::split_list("--slowed-by", list)) try {
            shares.push_back(cli::parse_share(entry).of_one);
        } catch (const std::invalid_argument& refusal) {
            throw cli::UsageError(fmt::format("--slowed-by {}: {}", entry, refusal.what()));
        }
    return shares;
}

SelfCheckPlan selfcheck_plan_of(const po::variables_map& values) {
    SelfCheckPlan plan;
    plan.budget = budget_of(values);
    if (values.count("sessions") != 0) plan.sessions = values["sessions"].as<CheckSessions>().value;
    plan.slowed_by = shares_of(values["slowed-by"].as<std::string>());
    plan.seed = std::random_device()();
    return plan;
}

}  // namespace

int selfcheck_command(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, selfcheck_options(), {});
    if (cli::answers_about_itself(values, program_name, selfcheck_help_text)) return cli::exit_success;
    const SelfCheckPlan plan = selfcheck_plan_of(values);
    const Outputs outputs = outputs_of(values);
    const ServerList server_list =
        resolve_servers({.which = ServerChoice::Which::named, .servers = parse_selections("epoll"), .brought = {}});
    const Cores cores = cores_of(server_cores_of(values));
    boost::json::object environment = check_environment(measured_cores(cores));
    const auto write_without_figures = [&](std::string_view outcome, std::string_view why) {
        write_outputs([&](const Terminal& terminal) { return wrap_paragraph(fmt::format("{}\n", why), terminal); },
                      boost::json::object{{"outcome", outcome}, {"why", why}, {"environment", std::move(environment)}},
                      outputs);
    };
    std::optional<SelfCheck> check;
    try {
        Progress progress;
        check = self_check(server_list.specs.front(), cores, plan, progress);
    } catch (const Interrupted&) {
        write_without_figures("interrupted", "Interrupted: only a complete check passes or fails.");
        throw;
    }
    if (!check) {
        write_without_figures(name_of(SelfCheckOutcome::inconclusive),
                              "Inconclusive: this machine is too noisy to calibrate the slowed servers. Measure longer "
                              "(--budget), or when less else runs.");
        return exit_inconclusive;
    }
    boost::json::object json = json_of(*check);
    json["environment"] = std::move(environment);
    write_outputs([&](const Terminal& terminal) { return text_of(*check, terminal); }, json, outputs);
    switch (check->outcome()) {
        case SelfCheckOutcome::passed: return cli::exit_success;
        case SelfCheckOutcome::inconclusive: return exit_inconclusive;
        case SelfCheckOutcome::failed: break;
    }
    return cli::exit_failure;
}

}  // namespace iomux::compare
