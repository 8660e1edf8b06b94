#include "compare/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cli/nearest.hpp"
#include "cli/program.hpp"
#include "compare/commands/probe_commands.hpp"
#include "compare/comparison/scenarios.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

constexpr std::array all_commands{
    Subcommand{"run", "run scenarios: how the cost per message changes with connections, rate, message size and more",
               run_command},
    Subcommand{"list", "list the scenarios and the question that each answers", list_command},
    Subcommand{"monitor", "measure the bare mechanisms, without servers: the time to find a ready descriptor",
               monitor_command},
    Subcommand{"claims", "test the claims of the article the project started from (Python I/O multiplexing, 2020)",
               claims_command},
    Subcommand{"explain", "show where the CPU time of a message goes, or why one server costs more than another",
               explain_command},
    Subcommand{"trace", "show every system call that a server makes for one message", trace_command},
    Subcommand{"selfcheck", "test whether the comparison finds a known difference, and none between equal servers",
               selfcheck_command},
    Subcommand{"report", "print the report of saved results again", report_command},
    Subcommand{"diff", "show the significant differences between two files of results", diff_command},
};

const Subcommand& command_named(std::string_view name) {
    const auto found = std::ranges::find(all_commands, name, &Subcommand::name);
    if (found != all_commands.end()) return *found;
    if (find_scenario(name) != nullptr)
        throw cli::UsageError(
            fmt::format("no command named \"{}\"; it is a scenario: {} run {}", name, program_name, name));
    if (is_server(name))
        throw cli::UsageError(fmt::format("no command named \"{}\"; it is a server: --servers {}", name, name));
    std::vector<std::string_view> names;
    for (const Subcommand& command : all_commands) names.push_back(command.name);
    throw cli::UsageError(cli::not_known("command", name, names));
}

// Options that a comparison without a command does not have, unlike `run`.
constexpr std::array<std::string_view, 2> options_of_run{"--quick", "--svg"};

int run_without_command(int argc, const char* const* argv) {
    for (const std::string_view word : std::span(argv, static_cast<std::size_t>(argc)).subspan(argc == 0 ? 0 : 1)) {
        const std::string_view option = word.substr(0, word.find('='));
        if (std::ranges::find(options_of_run, option) != options_of_run.end())
            throw cli::UsageError(
                fmt::format("unknown option {0}; did you mean \"{1} run {0}\"?", option, program_name));
    }
    return compare_command(argc, argv);
}

// An invalid command line refers to the help of the command.
int run_command_named(std::string_view name, int argc, const char* const* argv) {
    const Subcommand& command = command_named(name);
    try {
        return command.run(argc, argv);
    } catch (const cli::UsageError& error) {
        throw cli::UsageError(error.what(), fmt::format("{} {}", program_name, command.name));
    }
}

}  // namespace

std::span<const Subcommand> commands() { return all_commands; }

int run_command_line(int argc, const char* const* argv) {
    if (argc < 2 || argv[1][0] == '-') return run_without_command(argc, argv);
    const std::string_view name = argv[1];
    if (name == "help" && argc > 2) {
        const std::array<const char*, 2> words{argv[2], "--help"};
        return run_command_named(words[0], static_cast<int>(words.size()), words.data());
    }
    if (name == "help") return compare_command(argc, argv);
    if (name == "serve") throw cli::UsageError("serve is a program of its own: run iomux-serve, or ./iomux serve");
    return run_command_named(name, argc - 1, argv + 1);
}

std::string commands_text() {
    std::string text;
    for (const Subcommand& command : all_commands) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
    return text;
}

}  // namespace iomux::compare
