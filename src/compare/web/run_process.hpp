#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// How long a process is let go on.
struct Patience {
    /// Without a line on its standard output; then it is ended, and said to hang. A comparison tells each of its steps,
    /// of which none takes a minute: a round has ten seconds at most, and its server and its load have some fifteen
    /// more to begin and to end.
    std::chrono::milliseconds with_silence = std::chrono::minutes(3);
    /// Once it has been asked to end (SIGTERM); then it is killed.
    std::chrono::milliseconds with_end = std::chrono::seconds(5);
    /// The same where the service itself ends, and waits for it.
    std::chrono::milliseconds at_our_end = std::chrono::seconds(2);
};

/// This program's own file. An upgrade in place takes its name away from the process that runs: it is to be asked for
/// at the start.
std::filesystem::path own_program();

/// Starts that program (`iomux-compare`) with arguments, on these cores, and follows it in that context. It has no
/// shell, and no more of the page's words than the arguments say; it ends with this process, however that ends.
Launch launcher(boost::asio::io_context& context, std::vector<int> cores, std::filesystem::path program = own_program(),
                Patience patience = {});

}  // namespace iomux::compare::web
