#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <optional>
#include <sstream>

#include "cli/input_file.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/output.hpp"
#include "compare/commands/read_results.hpp"
#include "compare/report/diff.hpp"
#include "compare/report/regression.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

constexpr int exit_regression = 99;

int exit_status(Outcome outcome) {
    switch (outcome) {
        case Outcome::success: return cli::exit_success;
        case Outcome::inconclusive: return exit_inconclusive;
        case Outcome::regression: return exit_regression;
    }
    return cli::exit_failure;
}

po::options_description diff_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("max-regression", po::value<cli::Share>()->value_name("P%"),
        "check that no ratio became worse by more than P% (above 0%, at most 100%); the exit statuses below say how; "
        "default: do not check");
    cli::add_information_options(options);
    return options;
}

std::string diff_help_text() {
    std::ostringstream text;
    text
        << "Usage: " << program_name << " diff OLD.json NEW.json [OPTION]...\n\n"
        << "Shows which servers changed significantly from one run to another. It compares ratios only: the figure of "
           "a\n"
           "server divided by that of the baseline in the same session (or round). Absolute figures are not compared,\n"
           "because the machine differs from run to run. Memory and system calls are measured once, so they are not\n"
           "compared either. If the baseline itself became slower, all other ratios fall.\n\n"
           "A change is the new ratio divided by the old one (geometric means), with its 95 % confidence interval. It "
           "is\n"
           "significant by Welch's t-test over the sessions or rounds, corrected for the number of ratios in a "
           "scenario\n"
           "(Holm).\n\n"
           "To check a change of a server, measure both builds in one run, which is more precise than two runs:\n"
           "  "
        << program_name
        << " --server 'before=OLD/iomux-raw epoll --service echo --port {port}' \\\n"
           "                --server 'after=NEW/iomux-raw epoll --service echo --port {port}' \\\n"
           "                --servers minimal --baseline before\n\n"
        << diff_options() << "\n"
        << "Exit status; if several apply, the first in this list:\n"
           "  2   usage error\n"
           "  1   a file cannot be read or is invalid\n"
           "  99  regression, only with --max-regression: a ratio became worse by more than P% and this change is\n"
           "      significant, or a server that OLD measured failed in NEW. Worse means higher; for msgs/s it means\n"
           "      lower, and P% applies to the old ratio divided by the new one\n"
           "  98  inconclusive: something that OLD measured cannot be compared: it is not in NEW or failed, or the "
           "load,\n"
           "      the baseline, or the way to measure (sessions, windows) differs; or there are fewer than two "
           "sessions or\n"
           "      rounds, or no ratio at all. With --max-regression also: an interval reaches beyond P%\n"
           "  0   every ratio that OLD measured was compared. With --max-regression: every interval excludes that a\n"
           "      ratio became worse by more than P%\n"
           "What only NEW has is listed, and does not change the exit status.\n\n"
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
    const auto& input = values[cli::arguments].as<std::string>();
    refuse_input_as_output(input, outputs);
    write_outputs(read_results(input), outputs);
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
    if (files[0] == cli::standard_input && files[1] == cli::standard_input)
        throw cli::UsageError("diff: only one of the two files can be standard input (-)");
    for (const std::string& file : files) refuse_input_as_output(file, {});
    const Diff diff = difference(read_results(files[0]), read_results(files[1]));
    const auto most = values.count("max-regression") == 0
                          ? std::nullopt
                          : std::optional(values["max-regression"].as<cli::Share>().of_one);
    const Judgement judgement = judge(diff, most);
    print_text(
        [&](const Terminal& terminal) { return text_of(diff, terminal) + wrap_paragraph(judgement.text, terminal); });
    return exit_status(judgement.outcome);
}

}  // namespace iomux::compare
