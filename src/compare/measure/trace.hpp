#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/meters/traced_call.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// What a client does with the server that is traced.
enum class ClientStep { connect, message, close };
/// `connect`, `message`, `close`
std::string_view name_of(ClientStep step);

/// A step, and the calls that have returned in it: one that has waited for it began before.
struct TracedStep {
    ClientStep step;
    posix::Clock::time_point began;
    posix::Clock::time_point answered;  ///< The client is connected, has its reply, has closed.
    std::vector<TracedCall> calls;
};

/// One message's way through a server.
struct Trace {
    ServerSpec server;
    std::vector<TracedStep> steps = {};
    std::optional<std::string> unavailable = {};  ///< Why there are none.
    bool skipped = false;                         ///< That was to be expected: the server does not run here.
};

/// The longest message: the kernel holds all of it, both ways, however slow the server is.
inline constexpr std::size_t longest_traced_message = 65536;

/// What a server that is traced is asked to do.
Work traced_work(std::size_t size);

/// Starts the server, and stops it by ptrace(2) at each system call: all takes longer than it else does. A client
/// connects, exchanges a few messages that nobody looks at, then the one of so many bytes, and closes; each step begins
/// when all threads of the server sleep.
/// What cannot be traced says why. Throws Interrupted.
Trace trace_message(const ServerSpec& server, std::size_t size);

}  // namespace iomux::compare
