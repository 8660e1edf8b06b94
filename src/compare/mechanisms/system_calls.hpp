#pragma once

#include <cstddef>
#include <functional>

#include "compare/meters/tracing.hpp"

namespace iomux::compare {

/// How often a child process makes each system call while it runs the body, which is bound as that
/// of `run_in_child`, and returns 0. Counted from outside, by ptrace(2). Throws std::runtime_error where that is
/// forbidden, or the body fails.
SystemCallCounts system_calls_of(const std::function<int()>& body);

/// Clients that send a message each at once, and a loop that waits by pselect(2) and receives once from each that is
/// ready.
struct CallsAMessage {
    std::size_t clients;
    double waits;
    double receives;
};
CallsAMessage count_calls_a_message(std::size_t clients, std::size_t messages);

}  // namespace iomux::compare
