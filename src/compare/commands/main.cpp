#include <algorithm>

#include "cli/program.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/programs.hpp"
#include "posix/signals.hpp"

namespace {

using namespace iomux;
using namespace iomux::compare;

constexpr int exit_interrupted = 130;

int run(int argc, const char* const* argv) {
    const std::span<const Subcommand> all = commands();
    const auto found = argc < 2 ? all.end() : std::ranges::find(all, std::string_view(argv[1]), &Subcommand::name);
    if (found != all.end()) return found->run(argc - 1, argv + 1);
    if (argc > 1 && argv[1] == std::string_view("serve"))
        throw cli::UsageError("there is no command 'serve': the web page's program is iomux-serve");
    if (argc > 1 && argv[1][0] != '-') throw cli::UsageError(std::string("there is no command '") + argv[1] + "'");
    return compare_command(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
    return cli::run_program(program_name, [&] {
        const posix::StopSignals signals(&request_stop);
        try {
            return run(argc, argv);
        } catch (const Interrupted&) {
            return exit_interrupted;
        }
    });
}
