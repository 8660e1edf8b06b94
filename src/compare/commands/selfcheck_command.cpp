#include <boost/program_options.hpp>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/output.hpp"
#include "compare/commands/selfcheck.hpp"
#include "compare/commands/setup.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

using Comparisons = cli::Whole<1, 1000>;
using Rate = cli::Whole<1, 10'000'000>;

po::options_description selfcheck_options() {
    const SelfCheckPlan plan;
    po::options_description options("Options");
    auto add = options.add_options();
    add("comparisons", po::value<Comparisons>()->default_value({plan.comparisons}),
        "number of comparisons of each kind");
    add("same-budget", po::value<cli::Duration>()->default_value({plan.alike_budget}),
        "time per A/A comparison (the same server twice)");
    add("slowed-budget", po::value<cli::Duration>()->default_value({plan.slowed_budget}),
        "time per comparison with a slowed server");
    add("slowed-by", po::value<cli::Share>()->default_value({plan.slowed_by}),
        "how much the slowed server is slowed, as a share of its CPU per message: above 0%, at most 100%");
    add("rate", po::value<Rate>()->default_value({static_cast<std::uint64_t>(plan.rate)}), "messages per second");
    add("server-cores", po::value<std::string>()->value_name("A,B"),
        "CPU cores for the servers, or all; default: the last core");
    cli::add_information_options(options);
    return options;
}

std::string selfcheck_help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " selfcheck [OPTION]...\n\n"
         << "Tests the comparison with servers whose difference is known. Comparing epoll with itself must find no\n"
            "difference. Comparing epoll with an epoll that busy-waits for each message (--work) must find more CPU "
            "per\n"
            "message.\n\n"
         << selfcheck_options() << "\n"
         << "Exit status: 0 at least 90 % of the comparisons of each kind are right (one wrong A/A comparison is\n"
            "allowed, however few there are), 1 fewer are right or a measurement failed, 2 usage error,\n"
            "130 interrupted\n\n"
         << "Try:  ./iomux compare selfcheck --comparisons 20        # takes half an hour\n"
            "      ./iomux compare selfcheck --comparisons 1 --same-budget 5 --slowed-budget 10 --slowed-by 20%\n";
    return text.str();
}

SelfCheckPlan selfcheck_plan_of(const po::variables_map& values) {
    SelfCheckPlan plan;
    plan.comparisons = values["comparisons"].as<Comparisons>().value;
    plan.alike_budget = values["same-budget"].as<cli::Duration>().time;
    plan.slowed_budget = values["slowed-budget"].as<cli::Duration>().time;
    plan.slowed_by = values["slowed-by"].as<cli::Share>().of_one;
    plan.rate = static_cast<double>(values["rate"].as<Rate>().value);
    plan.seed = std::random_device()();
    return plan;
}

}  // namespace

int selfcheck_command(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, selfcheck_options(), {});
    if (cli::answers_about_itself(values, program_name, selfcheck_help_text)) return cli::exit_success;
    const SelfCheckPlan plan = selfcheck_plan_of(values);
    const ServerList server_list =
        resolve_servers({.which = ServerChoice::Which::named, .servers = parse_selections("epoll"), .brought = {}});
    const std::optional<std::string> server_cores =
        values.count("server-cores") != 0 ? std::optional(values["server-cores"].as<std::string>()) : std::nullopt;
    const Cores cores = cores_of(server_cores);
    check_environment(measured_cores(cores));
    SelfCheck check;
    {
        Progress progress;
        check = self_check(server_list.specs.front(), cores, plan, progress);
    }
    print_text([&](const Terminal& terminal) { return text_of(check, plan, terminal); });
    return check.passes() ? cli::exit_success : cli::exit_failure;
}

}  // namespace iomux::compare
