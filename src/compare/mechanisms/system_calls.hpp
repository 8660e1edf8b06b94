#pragma once

#include <cstddef>
#include <functional>

#include "compare/meters/tracing.hpp"

namespace iomux::compare {

/// Counts the system calls of a child process that runs the body, with ptrace(2). The body has the same restrictions
/// as in `run_in_child`, and must return 0. Throws std::runtime_error if tracing is forbidden or the body fails.
SystemCallCounts system_calls_of(const std::function<int()>& body);

/// System calls per message of a loop that waits with pselect(2) and receives once from each ready client. All clients
/// send one message at the same time.
struct CallsPerMessage {
    std::size_t clients;
    double waits;
    double receives;
};
CallsPerMessage count_calls_per_message(std::size_t clients, std::size_t messages);

}  // namespace iomux::compare
