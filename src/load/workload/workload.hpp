#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "load/workload/arrivals.hpp"
#include "load/workload/sizes.hpp"
#include "posix/endpoint.hpp"
#include "protocol/dialect.hpp"

namespace iomux::load {

enum class Transport {
    stream,     ///< TCP or a Unix socket.
    datagrams,  ///< UDP: a message is a datagram, whatever the framing.
};

/// Requests that are due at their times, however long the server takes to answer.
struct OpenLoop {
    double rate = 0;  ///< Requests a second, over all connections.
    Spacing spacing = Spacing::exponential;
    std::uint64_t seed = 1;
    std::chrono::nanoseconds shift{0};  ///< All times are so much later than they would be.
};

/// What is asked of a server: in a closed loop, in which every connection asks again once it is answered, or in an open
/// one.
struct Workload {
    posix::Endpoint endpoint;
    Transport transport = Transport::stream;
    protocol::Dialect dialect{.service = protocol::Service::echo};
    std::size_t connections = 64;  ///< At least 1.
    Sizes size = 64;               ///< Of messages: within the dialect's limit.
    std::uint64_t seed = 1;        ///< Of the sizes, where they are drawn.
    std::size_t depth = 1;  ///< Messages that a connection has on their way at once (open loop: at most), at least 1.
    std::optional<OpenLoop> open_loop;  ///< Nothing: a closed one.
    std::size_t threads = 1;            ///< That share the connections; 1 to as many as there are of them.
    /// Of the first connection; other threads have those before.
    std::size_t first_connection = 0;
    /// Every message has a connection of its own; `connections` of them are there at once (open loop: at most).
    bool churn = false;
    /// Connections beside these, held open. Each is served once, which shows that the server has accepted it.
    std::size_t idle = 0;
    std::chrono::nanoseconds warmup = std::chrono::milliseconds(200);
    std::chrono::nanoseconds duration = std::chrono::seconds(2);
    /// So long a connection's first reply is waited for while nothing moves, though others have had theirs: then the
    /// load begins without it. Longer than the kernel takes to try again where a server's queue was full (1 s).
    std::chrono::nanoseconds patience = std::chrono::milliseconds(1200);
    /// For so long nothing may move on any connection.
    std::chrono::nanoseconds stall_limit = std::chrono::seconds(5);
    /// A datagram that has not been answered by then is lost. Far more than a loaded server takes on the same machine
    /// (p99.9 is a few milliseconds), so that it is not merely slow; and little beside the window, of which it takes
    /// that much from its connection.
    std::chrono::nanoseconds lost_after = std::chrono::milliseconds(100);

    bool answered() const { return dialect.service != protocol::Service::discard; }
};

}  // namespace iomux::load
