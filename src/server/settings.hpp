#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

#include "protocol/dialect.hpp"
#include "server/log.hpp"
#include "server/simulated_work.hpp"

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
    /// Datagrams answered a turn.
    int datagrams_per_turn = 64;
    /// Connections accepted a turn, so that a storm of them does not starve those that are served.
    int accepts_per_turn = 64;
    /// Bytes moved for one connection a turn, where a mechanism would go on until the socket would block.
    std::size_t turn_budget = 256 * 1024;
    /// How long accepting rests when descriptors or memory have run out and no connection closes.
    std::chrono::milliseconds accept_pause{100};
    /// From the stop to the end of the last connection.
    std::chrono::milliseconds drain_timeout{5000};
    /// How long a client may take, each 0 for as long as it likes. To begin another message, from the last one on;
    /// where the other two are 0, what they are for is idleness too.
    std::chrono::milliseconds idle_timeout{0};
    /// From the first byte of a message to the last.
    std::chrono::milliseconds message_timeout{0};
    /// To take some of its replies, while any are unsent.
    std::chrono::milliseconds write_timeout{0};
    bool limit_clients_time() const {
        return idle_timeout.count() != 0 || message_timeout.count() != 0 || write_timeout.count() != 0;
    }
    /// How long a client may take to close its side once it has all it will get. Until then what it still sends
    /// is read and dropped: closing over unread bytes would send a reset, which can overtake replies (RFC 2525, 2.17).
    std::chrono::milliseconds linger{1000};
};

/// How loops in several threads come by their clients.
enum class Accepting {
    reuseport,  ///< A listener each: the kernel spreads clients by the hash of their address, once and for all.
    shared,     ///< One listener: whoever is interrupted first accepts.
};

/// How threads share Asio's io_context.
enum class Contexts {
    per_thread,  ///< One a thread; a connection stays with its thread.
    shared,      ///< One for all; strands keep what belongs together from running at the same time.
};

/// How threads that sleep in system calls are made.
struct Threading {
    std::size_t stack_size = 64 * 1024;  ///< Bytes of each thread's stack, reserved and not yet used.
    std::size_t workers = 8;             ///< Of the pool: clients that are served at once.
    std::size_t queue = 1024;            ///< Of the pool: clients that may wait; one more is closed at once.
};

/// How an io_uring is made.
struct Ring {
    unsigned entries = 512;          ///< Of the submission queue; the completion queue has four times as many.
    unsigned buffers = 256;          ///< That the kernel receives into; a power of two.
    std::size_t buffer_size = 4096;  ///< Bytes.
    bool plain = false;              ///< Without SINGLE_ISSUER and DEFER_TASKRUN, as on kernels before 6.1.
};

/// What a server is told, whatever its mechanism.
struct Settings {
    protocol::Dialect dialect;
    SimulatedWork work;  ///< Of each message on a connection; a datagram is answered at once.
    Limits limits;
    bool datagrams = false;   ///< Serve UDP too, at the same port.
    std::size_t threads = 0;  ///< Loops side by side; 0: as many as the mechanism has by default.
    Accepting accepting = Accepting::reuseport;
    Contexts contexts = Contexts::per_thread;
    /// The listener is a service manager's (posix::take_handed_over), who keeps it open for a successor. What is done
    /// to it is done to all who hold it: so it is closed and never shut down, and it never blocks. And a drain hears
    /// every client out to its first message: it would have waited for the successor, had it not been accepted.
    bool handed_over = false;
    Threading threading;
    Ring ring;
    /// How long non-blocking polling rests when nobody had anything to say; 0: it spins.
    std::chrono::nanoseconds poll_interval = std::chrono::milliseconds(1);
    LogLevel log_level = LogLevel::info;
};

}  // namespace iomux::server
