#pragma once

#include <cstddef>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// System calls per message of a server with one client that sends each message after the answer to the last.
struct ServerCalls {
    double all = 0;
    double waits = 0;     ///< Calls that wait for readiness: epoll_wait and similar.
    double receives = 0;  ///< recv and similar calls, including those that find nothing.
};

/// Runs the server and counts the system calls of all its threads with ptrace(2), while it answers `messages`
/// messages. Throws std::exception if the server does not run or tracing is forbidden.
ServerCalls count_calls_of(const ServerSpec& server, std::size_t messages);

}  // namespace iomux::compare
