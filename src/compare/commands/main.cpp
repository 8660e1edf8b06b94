#include <csignal>

#include "cli/program.hpp"
#include "compare/commands/commands.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/programs.hpp"
#include "posix/signals.hpp"

int main(int argc, char** argv) {
    using namespace iomux;
    using namespace iomux::compare;
    return cli::run_program(program_name, [&] {
        stop_descriptor();  // opened here, because a signal handler must not open it
        const posix::StopSignals signals(&request_stop, [] {}, {SIGTERM, SIGINT, SIGHUP});
        try {
            return run_command_line(argc, argv);
        } catch (const Interrupted&) {
            return cli::exit_interrupted;
        }
    });
}
