#pragma once

#include <span>
#include <string>
#include <string_view>

namespace iomux::compare {

/// A command, `iomux-compare NAME`. In `argv` the name of the command comes first. Returns the exit status; exceptions
/// are handled by `cli::run_program`.
struct Subcommand {
    std::string_view name;
    std::string_view summary;
    int (*run)(int argc, const char* const* argv);
};

/// The exit status if what was measured is not precise enough, or not complete enough, for a verdict.
inline constexpr int exit_inconclusive = 98;

std::span<const Subcommand> commands();

/// The commands with their summaries, one per line.
std::string commands_text();

/// Runs the command that the first argument names; without a command, compares servers. `help COMMAND` means
/// `COMMAND --help`. Throws cli::UsageError if there is no such command.
int run_command_line(int argc, const char* const* argv);

/// Without a command: compares servers under a single workload.
int compare_command(int argc, const char* const* argv);
int run_command(int argc, const char* const* argv);
int list_command(int argc, const char* const* argv);
int explain_command(int argc, const char* const* argv);
int trace_command(int argc, const char* const* argv);
int selfcheck_command(int argc, const char* const* argv);
int report_command(int argc, const char* const* argv);
int diff_command(int argc, const char* const* argv);

}  // namespace iomux::compare
