#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <stdexcept>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/output.hpp"
#include "compare/commands/read_results.hpp"
#include "compare/report/diff.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

constexpr int exit_regression = 99;

po::options_description diff_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("max-regression", po::value<cli::Share>()->value_name("P%"),
        "exit with 99 where a figure has become worse by more, beyond noise, or a server fails now");
    add("help", "this text");
    add("version", "the version");
    return options;
}

std::string diff_help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " diff OLD.json NEW.json [OPTION]...\n\n"
         << "Says which figures have changed from one file of results to the other beyond noise, by a rank-sum test "
            "over\n"
            "their rounds, corrected for all that is compared in a scenario. CPU a message is compared as a ratio to "
            "the baseline\n"
            "where both have the same, for that repeats from run to run. Memory is measured once, and not compared.\n\n"
         << diff_options() << "\n"
         << "Exit: 0, 1 a file cannot be read or is not understood, or regressions were asked for and nothing can be\n"
            "told, 2 usage, 99 there is a regression.\n\n"
         << "Try:  iomux-compare diff before.json after.json --max-regression 5%\n";
    return text.str();
}

}  // namespace

int diff_command(int argc, const char* const* argv) {
    po::options_description all = diff_options();
    all.add_options()("files", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("files", -1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    if (cli::answers_about_itself(values, program_name, diff_help_text)) return cli::exit_success;
    const auto files =
        values.count("files") == 0 ? std::vector<std::string>() : values["files"].as<std::vector<std::string>>();
    if (files.size() != 2) throw cli::UsageError("diff needs two files of results");
    const Diff diff = difference(read_results(files[0]), read_results(files[1]));
    print_text([&](const Screen& screen) { return text_of(diff, screen); });
    if (values.count("max-regression") == 0) return cli::exit_success;
    const double most = values["max-regression"].as<cli::Share>().of_one;
    const bool is_worse = std::ranges::any_of(
        diff.changes, [&](const Change& change) { return change.is_beyond_noise() && change.worsening() > most; });
    if (is_worse || diff.a_server_fails_now) return exit_regression;
    if (!diff.tells_something()) throw std::runtime_error("no regression can be told: there are too few rounds");
    return cli::exit_success;
}

}  // namespace iomux::compare
