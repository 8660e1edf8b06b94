#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/commands/output.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_choice.hpp"

namespace iomux::compare {

/// Adds `--servers` and `--server`.
void add_server_options(boost::program_options::options_description& options);
/// The same, with `--attach` and `--baseline`.
boost::program_options::options_description server_options();
/// `--baseline`; empty without it.
std::string baseline_of(const boost::program_options::variables_map& values);
/// Reads these options, and `--attach` if the command has it. Throws cli::UsageError.
ServerChoice server_choice_of(const boost::program_options::variables_map& values);

/// The options on the load, and what they say. `--idle-memory`, `--seconds` and `--load-threads` are read too if the
/// command has them. Throws cli::UsageError.
boost::program_options::options_description load_options();
Work work_of(const boost::program_options::variables_map& values);
/// Adds `--seed`, for the order of what is named, such as `servers`.
void add_seed_option(boost::program_options::options_description& options, const std::string& ordered);
/// `--seed`; a random one without it.
std::uint32_t seed_of(const boost::program_options::variables_map& values);
/// Adds `--server-cores`.
void add_server_cores_option(boost::program_options::options_description& options);
/// Its value, in the form that `parse_cores` reads.
std::optional<std::string> server_cores_of(const boost::program_options::variables_map& values);
/// The value of `--budget`. Throws cli::UsageError.
std::chrono::nanoseconds budget_of(const boost::program_options::variables_map& values);
/// `--warmup` and `--slice`; nothing without them. Throw cli::UsageError.
std::optional<std::chrono::nanoseconds> warmup_of(const boost::program_options::variables_map& values);
std::optional<std::chrono::nanoseconds> slice_of(const boost::program_options::variables_map& values);

/// How the servers are measured.
struct MeasurementOptions {
    Plan plan;
    std::optional<std::string> server_cores;  ///< In the form that `parse_cores` reads.
};

/// The command line of a single comparison.
struct Options {
    Work work;
    ServerChoice choice;
    MeasurementOptions measurement;
    Outputs outputs;
    std::optional<std::string> continued = {};  ///< The file of the comparison that gets more sessions.
};

/// Returns the options, or nothing if `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

/// The command line of `run`.
struct RunOptions {
    std::vector<std::string> scenarios;  ///< Empty: all of them.
    bool quick = false;
    std::optional<std::chrono::nanoseconds> warmup;    ///< Of a window; overrides that of the scenario.
    std::optional<std::chrono::nanoseconds> duration;  ///< Of a window; overrides that of the scenario.
    bool names_length = false;  ///< The user has given `--sessions`, `--rounds`, `--precision` or `--budget`.
    ServerChoice choice;
    MeasurementOptions measurement;
    Outputs outputs;
};

std::optional<RunOptions> parse_run_options(int argc, const char* const* argv);

}  // namespace iomux::compare
