#pragma once

#include <cstddef>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// What system calls a server makes for a message of one client, which sends the next when the last is answered.
struct ServerCalls {
    double all = 0;
    double waits = 0;     ///< For readiness: epoll_wait and the like.
    double receives = 0;  ///< recv and the like, those that found nothing included.
};

/// Runs the server, and counts from outside, by ptrace(2), what all its threads call while so many messages are
/// answered. Throws std::exception where it does not run, or tracing is forbidden.
ServerCalls count_calls_of(const ServerSpec& server, std::size_t messages);

}  // namespace iomux::compare
