#pragma once

#include <cstddef>
#include <optional>

#include "client/script.hpp"
#include "posix/endpoint.hpp"

namespace iomux::client {

/// The command line of iomux-client.
struct Options {
    posix::Endpoint endpoint;
    bool datagrams = false;  ///< UDP instead of connections.
    std::size_t connections = 10;
    Script script;
};

/// The options, or nothing if the answer to `--help` or `--version` was printed. Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::client
