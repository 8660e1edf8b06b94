#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "load/workload/arrivals.hpp"
#include "load/workload/sizes.hpp"
#include "posix/endpoint.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::load {

enum class Transport {
    stream,     ///< TCP or a Unix socket.
    datagrams,  ///< UDP: every message is one datagram; there is no framing.
};

/// Requests are due at set times, however long the server takes to reply.
struct OpenLoop {
    double rate = 0;  ///< Requests per second over all connections.
    Spacing spacing = Spacing::exponential;
    std::uint64_t seed = 1;
    ShareOfArrivals share = {};  ///< The requests that this thread sends.
};

/// The load on a server. In a closed loop, a connection sends its next request once the last one is answered. In an
/// open loop, requests are due at set times.
struct Workload {
    posix::Endpoint endpoint;
    Transport transport = Transport::stream;
    protocol::ProtocolConfig protocol{.service = protocol::Service::echo};
    std::size_t connections = 64;       ///< At least 1.
    Sizes size = 64;                    ///< Message sizes, within the protocol's limit.
    std::uint64_t seed = 1;             ///< For random sizes.
    std::size_t depth = 1;              ///< Messages in flight per connection (open loop: at most); at least 1.
    std::optional<OpenLoop> open_loop;  ///< Nothing: closed loop.
    std::size_t threads = 1;            ///< Threads that share the connections; 1 to `connections`.
    /// Number of this thread's first connection.
    std::size_t first_connection = 0;
    /// Every message has a new connection; `connections` of them are open at a time (open loop: at most).
    bool churn = false;
    /// Extra idle connections. Each gets one reply, which shows that the server has accepted it, and stays open.
    std::size_t idle = 0;
    std::chrono::nanoseconds warmup = std::chrono::milliseconds(200);
    std::chrono::nanoseconds duration = std::chrono::seconds(2);
    /// How long to wait for the first reply on a connection after the last byte of any, once others have been served.
    /// Then the load begins without it. It is longer than the kernel's retry (1 s) after the backlog was full.
    std::chrono::nanoseconds patience = std::chrono::milliseconds(1200);
    /// It is an error if no byte is sent or received on any connection for this long.
    std::chrono::nanoseconds stall_limit = std::chrono::seconds(5);
    /// It is an error if connecting has begun and no reply is completed for this long, although bytes come and go.
    std::chrono::nanoseconds longest_first_reply = std::chrono::seconds(30);
    /// How long after the window to wait for the replies to what was sent in it, if bytes still come and go.
    std::chrono::nanoseconds longest_drain = std::chrono::seconds(5);
    /// In an open loop, how long after the window to wait for the replies to requests that were due in it. A request
    /// without a reply by then has the time until then as its latency.
    std::chrono::nanoseconds longest_wait = std::chrono::seconds(1);
    /// A datagram without a reply for this long is lost. It is far longer than a loaded server on the same machine
    /// takes (p99.9 is a few milliseconds), so a slow reply is not counted as lost. It is short compared with the
    /// window, because the connection waits that long for a lost datagram.
    std::chrono::nanoseconds lost_after = std::chrono::milliseconds(100);
    /// Errors that another protocol of the server can cause name the options that both sides must have in common.
    bool names_options = false;

    bool answered() const { return protocol.service != protocol::Service::discard; }
};

}  // namespace iomux::load
