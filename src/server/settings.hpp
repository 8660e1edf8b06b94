#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

#include "protocol/protocol_config.hpp"
#include "server/log.hpp"
#include "server/own_options.hpp"
#include "server/simulated_work.hpp"

namespace iomux::server {

/// Limits on a server's time and memory.
struct Limits {
    /// Connections served at once. One more is closed as soon as it is accepted.
    std::size_t max_connections = std::numeric_limits<std::size_t>::max();
    /// From `high_water` unsent reply bytes on a client is not read. At `low_water` it is read again.
    std::size_t high_water = 64 * 1024;
    std::size_t low_water = 16 * 1024;
    /// The most bytes that one receive asks for. With `Framing::chunk` it is also the longest message.
    std::size_t receive_size = 64 * 1024;
    /// Datagrams answered per turn (one iteration of a server's loop).
    int datagrams_per_turn = 64;
    /// Connections accepted per turn, so that a burst of them does not starve the open ones.
    int accepts_per_turn = 64;
    /// How long accepting pauses when descriptors or memory have run out, unless a connection closes first.
    std::chrono::milliseconds accept_pause{100};
    /// The longest time from the stop to the end of the last connection.
    std::chrono::milliseconds drain_timeout{5000};
    /// The longest time from one message to the beginning of the next. 0: no limit. If one of the next two timeouts is
    /// 0, this one applies in its place.
    std::chrono::milliseconds idle_timeout{0};
    /// The longest time from the first byte of a message to its last.
    std::chrono::milliseconds message_timeout{0};
    /// The longest time in which the client takes no reply bytes, while replies are unsent.
    std::chrono::milliseconds write_timeout{0};
    bool has_timeouts() const {
        return idle_timeout.count() != 0 || message_timeout.count() != 0 || write_timeout.count() != 0;
    }
    /// The longest time that a client may keep its side open after the last reply. What it sends until then is read and
    /// dropped, because close(2) with unread bytes sends a reset, which can overtake replies (RFC 2525, 2.17).
    std::chrono::milliseconds linger{1000};
};

/// How loops in several threads accept.
enum class Accepting {
    reuseport,  ///< A listener for each loop: the kernel assigns a connection by the hash of its addresses.
    shared,     ///< One listener for all: the loop that wakes first accepts.
};

/// The settings that mechanisms share, and in `own` those that a mechanism has for itself.
struct Settings {
    protocol::ProtocolConfig protocol;
    SimulatedWork work;  ///< For each message on a connection. A datagram is answered at once.
    Limits limits;
    bool datagrams = false;   ///< Serve UDP too, on the same port number.
    std::size_t threads = 0;  ///< 0: the mechanism's default.
    Accepting accepting = Accepting::reuseport;
    /// The listener was handed over by a service manager (posix::take_handed_over), which keeps it open for the next
    /// process. Both share its state, so this server never shuts it down and never makes it block. A drain then serves
    /// every accepted connection until its first message has been answered, because the client may not have sent it
    /// yet, and had it still been in the backlog, the next process would have served it.
    bool handed_over = false;
    /// How long to try again to listen at an address that is in use. 0: try once.
    std::chrono::nanoseconds bind_retry = std::chrono::seconds(1);
    LogLevel log_level = LogLevel::info;
    OwnOptions own;
};

}  // namespace iomux::server
