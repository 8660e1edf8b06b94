#pragma once

#include <optional>
#include <span>
#include <string>

#include "posix/endpoint.hpp"
#include "server/registry.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// What the command line asks of a server program.
struct ServerOptions {
    const Mechanism* mechanism = nullptr;
    posix::Endpoint endpoint;
    int backlog = 4096;
    /// The given option that says where or how to listen, if any. It does not apply to a socket that is handed over.
    std::optional<std::string> listening_option;
    Settings settings;
    std::optional<std::string> stats_file;
};

/// Another server program, and the names of its servers.
struct OtherProgram {
    std::string_view name;
    std::span<const std::string_view> servers;
};

/// A server program: its name, what `--help` says of it, and what it can run.
struct ServerProgram {
    std::string_view name;
    std::string_view about;
    std::span<const Mechanism> mechanisms;
    OtherProgram other;  ///< Errors name it for a server that only the other program has.
};

/// Returns the options, or nothing if `--help`, `--version` or `--list` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<ServerOptions> parse_server_options(const ServerProgram& program, int argc, const char* const* argv);

}  // namespace iomux::server
