#pragma once

#include <cstddef>
#include <optional>

#include "client/script.hpp"
#include "posix/endpoint.hpp"

namespace iomux::client {

/// What the command line asks of iomux-client.
struct Options {
    posix::Endpoint endpoint;
    bool datagrams = false;  ///< Instead of connections.
    std::size_t connections = 10;
    Script script;
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::client
