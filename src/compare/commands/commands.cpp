#include "compare/commands/commands.hpp"

#include <fmt/format.h>

#include <array>

#include "compare/commands/probe_commands.hpp"

namespace iomux::compare {
namespace {

constexpr std::array all_commands{
    Subcommand{"run", "run scenarios: how cost changes with connections, rates, sizes and more", run_command},
    Subcommand{"list", "the scenarios, and the question that each answers", list_command},
    Subcommand{"monitor", "the bare mechanisms without servers: what it costs to find who is ready", monitor_command},
    Subcommand{"claims", "what the document on multiplexing says, tried here", claims_command},
    Subcommand{"trace", "one message through a server: every system call in order", trace_command},
    Subcommand{"selfcheck", "whether the comparison finds a known difference, and none where there is none",
               selfcheck_command},
    Subcommand{"report", "print the report of a file of results again", report_command},
    Subcommand{"diff", "what has changed from one file of results to another, beyond noise", diff_command},
};

}  // namespace

std::span<const Subcommand> commands() { return all_commands; }

std::string commands_text() {
    std::string text;
    for (const Subcommand& command : all_commands) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
    return text;
}

}  // namespace iomux::compare
