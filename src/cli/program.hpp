#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

// Only named here, because Program_options is slow to compile: what parses options includes it.
namespace boost::program_options {
class options_description;
class positional_options_description;
class variables_map;
}  // namespace boost::program_options

namespace iomux::cli {

/// The command line is invalid. `run_program` prints it as one line on standard error; the exit status is 2.
struct UsageError : std::runtime_error {
    explicit UsageError(const std::string& what, std::string whose_help = "")
        : std::runtime_error(what), command(std::move(whose_help)) {}

    std::string command;  ///< Whose `--help` the line refers to, such as `iomux-compare run`; empty: the program's.
};

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_interrupted = 130;  ///< By SIGINT, SIGTERM or SIGHUP; what was measured so far is printed.

/// Runs the body of a program and returns the exit status. An exception becomes one line on standard error. If output
/// was lost, success becomes a failure. Writing to a pipe whose reader has gone is an error (EPIPE); if the pipe is
/// standard output, the program ends by SIGPIPE, as usual tools do. A standard descriptor that is closed is replaced by
/// one whose reads and writes fail.
int run_program(std::string_view name, const std::function<int()>& body);

/// The option that holds the arguments besides the options, if a program takes any. No user can write its name, because
/// a name ends before the first `=`.
inline constexpr const char* arguments = "=arguments";

/// Parses the command line and the file that `--config` names, if any; the command line takes precedence.
/// Names of options cannot be abbreviated. `-h` and a lone `help` mean `--help`, `-V` means `--version`.
/// The file has lines of `name = value`; `#` begins a comment.
/// Throws UsageError; an unknown option is reported with the nearest known one, and an error in the file with its line.
boost::program_options::variables_map parse_options(
    int argc, const char* const* argv, const boost::program_options::options_description& options,
    const boost::program_options::positional_options_description& positional);

/// How the user wrote an option, for errors: `--port`, or `server.conf:3: port` if a config file sets it.
std::string written_as(const boost::program_options::variables_map& values, std::string_view option);

/// Where a config file sets the option, for the beginning of an error: `server.conf:3: `. Empty if none sets it.
std::string place_of(const boost::program_options::variables_map& values, std::string_view option);

/// Adds `--help` and `--version`.
void add_information_options(boost::program_options::options_description& options);

/// Prints the answer to `--help` or `--version` on standard output. Returns whether one of them was given.
bool answers_about_itself(const boost::program_options::variables_map& values, std::string_view program,
                          const std::function<std::string()>& help_text);

/// One line: `iomux-raw 0.1.0`, then the compiler and the libraries of the build.
std::string version_text(std::string_view program);

}  // namespace iomux::cli
