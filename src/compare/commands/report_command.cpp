#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/read_results.hpp"

namespace iomux::compare {

namespace po = boost::program_options;

int report_command(int argc, const char* const* argv) {
    po::options_description described("What it writes");
    add_output_options(described);
    described.add_options()("help", "this text")("version", "the version");
    po::options_description all = described;
    all.add_options()("file", po::value<std::string>());
    po::positional_options_description positional;
    positional.add("file", 1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    const auto help_text = [&] {
        std::ostringstream text;
        text
            << "Usage: " << program_name << " report FILE [OPTION]...\n\n"
            << "Prints the report of results that --json has written, without measuring again; - is standard input.\n\n"
            << described << "\nExit: 0, 1 the file cannot be read or is not understood, 2 usage.\n\n"
            << "Try:  iomux-compare run throughput --quick --json results.json\n"
               "      iomux-compare report results.json --csv results.csv\n";
        return text.str();
    };
    if (cli::answers_about_itself(values, program_name, help_text)) return cli::exit_success;
    if (values.count("file") == 0) throw cli::UsageError("report needs a file of results");
    write_outputs(read_results(values["file"].as<std::string>()), outputs_of(values));
    return cli::exit_success;
}

}  // namespace iomux::compare
