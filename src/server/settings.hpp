#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

#include "protocol/dialect.hpp"
#include "server/log.hpp"

namespace iomux::server {

/// What bounds a server's work and memory.
struct Limits {
    /// Connections served at once; one more is closed as soon as it is accepted.
    std::size_t max_connections = std::numeric_limits<std::size_t>::max();
    /// Unsent reply bytes from which on a client is not read, and at which it is read again.
    std::size_t high_water = 64 * 1024;
    std::size_t low_water = 16 * 1024;
    /// Bytes a receive call asks for at most; with `Framing::chunk` the longest message too.
    std::size_t receive_size = 64 * 1024;
    /// Connections accepted a turn, so that a storm of them does not starve those that are served.
    int accepts_a_turn = 64;
    /// Bytes moved for one connection a turn, where a mechanism would go on until the socket would block.
    std::size_t turn_budget = 256 * 1024;
    /// How long accepting rests when descriptors or memory have run out and no connection closes.
    std::chrono::milliseconds accept_pause{100};
    /// From the stop to the end of the last connection.
    std::chrono::milliseconds drain_timeout{5000};
    /// How long a client may take to close its side once it has all it will get. Until then what it still sends
    /// is read and dropped: closing over unread bytes would send a reset, which can overtake replies (RFC 2525, 2.17).
    std::chrono::milliseconds linger{1000};
};

/// What a server is told, whatever its mechanism.
struct Settings {
    protocol::Dialect dialect;
    Limits limits;
    LogLevel log_level = LogLevel::info;
};

}  // namespace iomux::server
