#include "cli/program.hpp"
#include "compare/process/wait.hpp"
#include "compare/web/options.hpp"
#include "compare/web/serve_command.hpp"
#include "posix/signals.hpp"

int main(int argc, char** argv) {
    using namespace iomux;
    return cli::run_program(compare::web::program_name, [&] {
        compare::stop_descriptor();  // opened here, because a signal handler must not open it
        const posix::StopSignals signals(&compare::request_stop);
        return compare::web::serve_command(argc, argv);
    });
}
