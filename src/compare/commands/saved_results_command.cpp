#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/output.hpp"
#include "compare/report/diff.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

std::string content_of(std::istream& stream) { return {std::istreambuf_iterator<char>(stream), {}}; }

std::string content_of(const std::string& name) {
    if (name == "-") return content_of(std::cin);
    // A directory can be opened and would read as an empty file.
    if (std::filesystem::is_directory(name)) posix::throw_errno("cannot read " + name, EISDIR);
    std::ifstream file(name);
    if (!file) posix::throw_errno("cannot read " + name);
    return content_of(file);
}

// Reads a file that `--json` has written; `-` is standard input. Throws std::system_error if it cannot be read, and
// std::runtime_error with the name of the file if its content is invalid.
Results read_results(const std::string& file) {
    const std::string content = content_of(file);
    try {
        return parse_results(content);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("{}: {}", file, error.what()));
    }
}

constexpr int exit_regression = 99;

po::options_description diff_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("max-regression", po::value<cli::Share>()->value_name("P%"),
        "the exit status is 99 if a figure became worse by more than P% (above 0%, at most 100%) and this difference "
        "is significant, or if a server that OLD measured failed in NEW; default: do not check");
    cli::add_information_options(options);
    return options;
}

std::string diff_help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " diff OLD.json NEW.json [OPTION]...\n\n"
         << "Shows which figures differ significantly between two files of results. It applies a rank-sum test to the\n"
            "sessions or rounds, corrected for the number of comparisons in a scenario. If both files have the same\n"
            "baseline, CPU per message is compared as a ratio to it, because ratios are reproducible from run to run.\n"
            "Memory is measured only once and is not compared.\n\n"
         << diff_options() << "\n"
         << "Exit status: 0 success, 1 a file cannot be read or is invalid, or --max-regression cannot\n"
            "be checked (no scenario in common, or too few sessions or rounds), 2 usage error,\n"
            "99 --max-regression has found a regression\n\n"
         << "Try:  ./iomux compare run throughput --quick --json before.json\n"
            "      ./iomux compare run throughput --quick --json after.json     # after a change\n"
            "      ./iomux compare diff before.json after.json\n";
    return text.str();
}

}  // namespace

int report_command(int argc, const char* const* argv) {
    po::options_description described("Output");
    add_output_options(described);
    add_svg_option(described);
    described.add_options()("scenario", po::value<std::string>()->value_name("NAME"), "the scenario that --svg draws");
    cli::add_information_options(described);
    po::options_description all = described;
    all.add_options()(cli::arguments, po::value<std::string>());
    po::positional_options_description positional;
    positional.add(cli::arguments, 1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    const auto help_text = [&] {
        std::ostringstream text;
        text << "Usage: " << program_name << " report FILE [OPTION]...\n\n"
             << "Prints the report of results that --json has written, without measuring again. FILE - is standard "
                "input.\n\n"
             << described << "\nExit status: 0 success, 1 the file cannot be read or is invalid, 2 usage error\n\n"
             << "Try:  ./iomux compare run throughput --quick --json results.json\n"
                "      ./iomux compare report results.json --csv results.csv\n"
                "      ./iomux compare report results.json --svg throughput.svg --scenario throughput\n";
        return text.str();
    };
    if (cli::answers_about_itself(values, program_name, help_text)) return cli::exit_success;
    if (values.count(cli::arguments) == 0) throw cli::UsageError("report requires a file of results");
    Outputs outputs = outputs_of(values);
    if (values.count("scenario") != 0) {
        if (!outputs.svg) throw cli::UsageError("--scenario requires --svg");
        outputs.drawn_scenario = values["scenario"].as<std::string>();
    }
    write_outputs(read_results(values[cli::arguments].as<std::string>()), outputs);
    return cli::exit_success;
}

int diff_command(int argc, const char* const* argv) {
    po::options_description all = diff_options();
    all.add_options()(cli::arguments, po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add(cli::arguments, -1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    if (cli::answers_about_itself(values, program_name, diff_help_text)) return cli::exit_success;
    const auto files = values.count(cli::arguments) == 0 ? std::vector<std::string>()
                                                         : values[cli::arguments].as<std::vector<std::string>>();
    if (files.size() != 2)
        throw cli::UsageError(fmt::format("diff requires two files of results, not {}", files.size()));
    const Diff diff = difference(read_results(files[0]), read_results(files[1]));
    print_text([&](const Terminal& terminal) { return text_of(diff, terminal); });
    if (values.count("max-regression") == 0) return cli::exit_success;
    const double most = values["max-regression"].as<cli::Share>().of_one;
    const bool is_worse = std::ranges::any_of(
        diff.changes, [&](const Change& change) { return change.is_significant() && change.worsening() > most; });
    if (is_worse || diff.has_new_failure) return exit_regression;
    if (const std::string why = diff.why_unchecked(); !why.empty())
        throw std::runtime_error("cannot check for regressions: " + why);
    return cli::exit_success;
}

}  // namespace iomux::compare
