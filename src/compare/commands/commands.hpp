#pragma once

#include <span>
#include <string>
#include <string_view>

namespace iomux::compare {

/// What `iomux-compare NAME` does. `argv` begins with the command's name; returns the exit code, and throws what
/// `cli::run_program` turns into one.
struct Subcommand {
    std::string_view name;
    std::string_view summary;
    int (*run)(int argc, const char* const* argv);
};

std::span<const Subcommand> commands();

/// A line for each.
std::string commands_text();

/// Without a command: one work for all, which the options tell.
int compare_command(int argc, const char* const* argv);
int run_command(int argc, const char* const* argv);
int list_command(int argc, const char* const* argv);
int trace_command(int argc, const char* const* argv);
int selfcheck_command(int argc, const char* const* argv);
int report_command(int argc, const char* const* argv);
int diff_command(int argc, const char* const* argv);

}  // namespace iomux::compare
