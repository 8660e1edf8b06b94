#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "protocol/dialect.hpp"

namespace iomux::compare {

/// What every server is asked to do.
struct Work {
    std::size_t connections = 64;
    std::size_t size = 64;  ///< Bytes a message.
    std::size_t depth = 1;  ///< Messages that a connection has on their way at once.
    std::size_t idle = 0;   ///< Connections beside these, which never say a word.
    /// Connections over which the memory of an idle one is measured, apart from the load; 0: it is not.
    std::size_t idle_memory = 900;
    std::chrono::nanoseconds warmup = std::chrono::milliseconds(200);
    std::chrono::nanoseconds duration = std::chrono::seconds(1);  ///< Measured; the warm-up is before it.
    protocol::Service service = protocol::Service::echo;
    protocol::Framing framing = protocol::Framing::chunk;

    /// The most connections that there are at once.
    std::size_t most_connections() const;
    /// The only work that a server without guards can do.
    bool is_chunk_echo() const;
    /// The options by which our servers and the load generator are told alike what they speak.
    std::vector<std::string> dialect_options() const;
    /// `64 connections × 64 bytes, one message at a time each; service echo, framing chunk`
    std::string text() const;
};

}  // namespace iomux::compare
