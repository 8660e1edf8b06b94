#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/meters/traced_call.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// An action of the client of a traced server.
enum class ClientStep { connect, message, close };
/// `connect`, `message`, `close`
std::string_view name_of(ClientStep step);

/// A step and the calls that returned in it. A call that waited for the step began before it.
struct TracedStep {
    ClientStep step;
    posix::Clock::time_point began;
    posix::Clock::time_point answered;  ///< When the client was connected, had its answer, or had closed.
    std::vector<TracedCall> calls;
};

/// The system calls of a server for one message.
struct Trace {
    ServerSpec server;
    std::vector<TracedStep> steps = {};
    std::optional<std::string> unavailable = {};  ///< Why there are no steps.
    bool skipped = false;                         ///< The server cannot run here, which is not an error.
};

/// The longest message. The kernel can buffer all of it in both directions, however slow the server is.
inline constexpr std::size_t longest_traced_message = 65536;

/// The work of a traced server.
Work traced_work(std::size_t size);

/// Starts the server and stops it with ptrace(2) at each system call, so everything takes longer than usual. A client
/// connects, exchanges a few untraced messages and then one of `size` bytes, and closes. Each step begins when all
/// threads of the server sleep. If the server cannot be traced, the result has the reason. Throws Interrupted.
Trace trace_message(const ServerSpec& server, std::size_t size);

}  // namespace iomux::compare
