#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace iomux::cli {

/// The command line cannot be understood, or contradicts itself: one line on standard error, exit 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

/// Runs a program's body: what it throws becomes one line on standard error, and the exit code.
int run_program(std::string_view name, const std::function<int()>& body);

/// Options of the command line (and, where `--config` names a file, of that file; the command line wins).
/// Names are not guessed from their beginnings. Throws UsageError.
boost::program_options::variables_map parse_options(
    int argc, const char* const* argv, const boost::program_options::options_description& options,
    const boost::program_options::positional_options_description& positional);

/// Answers `--help` and `--version` on standard output. Whether one of them was asked for.
bool answers_about_itself(const boost::program_options::variables_map& values, std::string_view program,
                          const std::function<std::string()>& help_text);

/// In the place of a file's name.
inline constexpr const char* standard_output = "-";

/// Writes the whole file or throws std::system_error: to a temporary beside it first, so that a reader never sees half.
void write_file(const std::filesystem::path& path, std::string_view content);

/// `iomux-raw 0.1.0`, and what it was built with.
std::string version_text(std::string_view program);

}  // namespace iomux::cli
