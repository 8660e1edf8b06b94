#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "load/workload/sizes.hpp"
#include "protocol/dialect.hpp"

namespace iomux::compare {

/// What every server is asked to do.
struct Work {
    std::size_t connections = 64;
    load::Sizes size = 64;  ///< Of messages.
    std::size_t depth = 1;  ///< Messages that a connection has on their way at once.
    std::size_t idle = 0;   ///< Connections beside these, which never say a word.
    /// Messages a second over all connections, due at times of their own whether the server keeps up or not (an open
    /// loop); nothing: each connection asks again once it is answered (a closed loop).
    std::optional<double> rate = {};
    bool churn = false;            ///< Every message has a connection of its own, which is closed behind it.
    bool datagrams = false;        ///< UDP: a message is a datagram, and a connection a socket.
    bool unix_socket = false;      ///< Instead of TCP.
    std::size_t load_threads = 1;  ///< Of the load generator.
    /// Connections beside that keep a hundred and more messages on their way, and are not measured.
    std::size_t flooders = 0;
    std::string handling = {};  ///< What a message takes in a server of ours (`--work`): `busy:50us`; empty: nothing.
    /// Connections over which the memory of an idle one is measured, apart from the load; 0: it is not.
    std::size_t idle_memory = 900;
    std::chrono::nanoseconds warmup = std::chrono::milliseconds(200);
    std::chrono::nanoseconds duration = std::chrono::milliseconds(400);  ///< Measured; the warm-up is before it.
    protocol::Service service = protocol::Service::echo;
    protocol::Framing framing = protocol::Framing::chunk;

    /// The most connections that there are at once under load.
    std::size_t served_at_once() const { return connections + idle + flooders; }
    /// The most that there are at once, when memory is measured as well.
    std::size_t most_connections() const;
    /// The only work that a server without guards can do.
    bool is_chunk_echo() const;
    /// The options by which our servers and the load generator are told alike what they speak.
    std::vector<std::string> dialect_options() const;
    /// `64 connections × 64 bytes, one message at a time each; service echo, framing chunk`, `10,000 messages a second
    /// over 64 connections …`, `64 connections at a time, one message each …`, `64 connections to a Unix socket …`
    std::string text() const;
};

}  // namespace iomux::compare
