#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/servers/server_process.hpp"

namespace iomux::compare {

/// What an idle connection costs a server.
struct IdleMemory {
    std::size_t connections = 0;  ///< Over so many it was measured.
    double bytes = 0;             ///< Of the server's processes; the kernel's socket is not in it.
    /// Of the kernel's stacks for the threads that came with the connections, beside those bytes. Nothing where such
    /// threads have come and the system does not tell what a stack is.
    std::optional<double> kernel_stack_bytes = 0;
    /// Of the kernel's socket at the server's end, beside those bytes: its objects (see `socket_object_bytes()`) and
    /// what is in its buffers.
    std::optional<double> socket_bytes = {};
    std::optional<std::string> socket_unknown = {};  ///< Why that is not known.
};

/// What the server's processes grow by from one connection to `connections` more. The first is not counted, for it
/// brings what is there once.
/// Throws std::runtime_error or std::system_error where it cannot be measured.
IdleMemory measure_idle_memory(const ServerProcess& server, std::size_t connections);

}  // namespace iomux::compare
