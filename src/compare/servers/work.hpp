#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "load/workload/sizes.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::compare {

/// The task that every server is given.
struct Work {
    std::size_t connections = 64;
    load::Sizes size = 64;  ///< The size of the messages.
    std::size_t depth = 1;  ///< Messages in flight on each connection.
    std::size_t idle = 0;   ///< Additional connections that send nothing.
    /// Messages per second over all connections, sent at scheduled times whether the server keeps up or not (an open
    /// loop). Nothing: each connection sends its next message when the last is answered (a closed loop).
    std::optional<double> rate = {};
    bool churn = false;            ///< Every message uses a new connection, which is closed after it.
    bool datagrams = false;        ///< UDP: a message is a datagram, and a connection is a socket.
    bool unix_socket = false;      ///< Instead of TCP.
    std::size_t load_threads = 1;  ///< Threads of the load generator.
    /// Additional connections that keep over a hundred messages in flight and are not measured.
    std::size_t flooders = 0;
    std::string simulated_work = {};  ///< What a server does for each message (`--work`): `busy:50us`; empty: nothing.
    /// The number of connections for measuring the memory of an idle connection, apart from the load; 0: not measured.
    std::size_t idle_memory = 900;
    std::chrono::nanoseconds warmup = std::chrono::milliseconds(200);
    std::chrono::nanoseconds duration = std::chrono::milliseconds(400);  ///< The measurement window, after the warm-up.
    protocol::Service service = protocol::Service::echo;
    protocol::Framing framing = protocol::Framing::chunk;

    /// The highest number of simultaneous connections under load.
    std::size_t served_at_once() const { return connections + idle + flooders; }
    /// The same, including the measurement of memory.
    std::size_t most_connections() const;
    /// Whether this is the only work that a server without guards supports.
    bool is_chunk_echo() const;
    /// The options that give the servers and the load generator the same protocol.
    std::vector<std::string> protocol_options() const;
    /// `64 connections × 64 bytes, one message at a time each; service echo, framing chunk`, `10,000 messages per
    /// second over 64 connections …`, `64 connections at a time, one message each …`, `64 connections to a Unix socket
    /// …`
    std::string text() const;
};

}  // namespace iomux::compare
