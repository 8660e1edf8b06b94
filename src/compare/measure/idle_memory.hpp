#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/servers/server_process.hpp"

namespace iomux::compare {

/// The memory that an idle connection uses.
struct IdleMemory {
    std::size_t connections = 0;  ///< The number of connections that were measured.
    double bytes = 0;             ///< Per connection, in the server's processes, without the kernel's socket.
    /// Per connection, in addition: kernel stacks of threads that the connections started. Nothing if there are such
    /// threads and the size of a stack is unknown.
    std::optional<double> kernel_stack_bytes = 0;
    /// Per connection, in addition: the kernel's socket at the server's end, with its objects (see
    /// `socket_object_bytes()`) and its buffers.
    std::optional<double> socket_bytes = {};
    std::optional<std::string> socket_unknown = {};  ///< Why that is unknown.
};

/// Measures how much the server's processes grow from one connection to `connections` more. The first connection is
/// not counted, because it causes one-time allocations. Throws std::runtime_error or std::system_error if this cannot
/// be measured.
IdleMemory measure_idle_memory(const ServerProcess& server, std::size_t connections);

}  // namespace iomux::compare
