#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "compare/commands/output.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_choice.hpp"

namespace iomux::compare {

/// `--servers` and `--server`.
void add_server_options(boost::program_options::options_description& options);
/// What they say, and `--attach` where a command has it. Throws cli::UsageError.
ServerChoice whom_of(const boost::program_options::variables_map& values);

/// How it is measured.
struct MeasurementOptions {
    Plan plan;
    std::optional<std::string> server_cores;  ///< To be understood by `parse_cores`.
};

/// What the command line of a single comparison asks for.
struct Options {
    Work work;
    ServerChoice choice;
    MeasurementOptions measurement;
    Outputs outputs;
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

/// What a command that runs scenarios is told.
struct RunOptions {
    std::vector<std::string> scenarios;  ///< Empty: all of them.
    bool quick = false;
    std::optional<std::chrono::nanoseconds> duration;  ///< Of a round, where it is not the scenario's.
    bool names_rounds = false;                         ///< The plan is the user's, and not the form's.
    ServerChoice choice;
    MeasurementOptions measurement;
    Outputs outputs;
};

std::optional<RunOptions> parse_run_options(int argc, const char* const* argv);

}  // namespace iomux::compare
