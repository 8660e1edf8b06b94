#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// Time limits for a process.
struct Patience {
    /// After this time without a line on its standard output, the process is considered hung and is ended. A comparison
    /// prints each of its steps, and none takes three minutes: a round takes at most ten seconds, and its server and
    /// its load at most fifteen more to start and to stop; a session starts its servers one after the other, warms up
    /// those that the user brings for at most five seconds each, and then prints each of its cycles.
    std::chrono::milliseconds with_silence = std::chrono::minutes(3);
    /// After SIGTERM, until it is killed.
    std::chrono::milliseconds with_end = std::chrono::seconds(5);
    /// The same if the service itself ends and waits for the process.
    std::chrono::milliseconds at_our_end = std::chrono::seconds(2);
};

/// Returns a function that starts `program` (`iomux-compare`) with arguments on these cores, and reads its output in
/// `context`. The program is started without a shell, with no input from the page except the arguments. It ends with
/// this process, however this process ends.
Launch launcher(boost::asio::io_context& context, std::vector<int> cores, std::filesystem::path program,
                Patience patience = {});

}  // namespace iomux::compare::web
