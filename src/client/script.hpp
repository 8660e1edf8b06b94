#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "protocol/protocol_config.hpp"

namespace iomux::client {

/// What every connection does: it sends the message, waits for the reply, pauses, and repeats.
struct Script {
    protocol::ProtocolConfig protocol;
    std::string message = "hi";  ///< Valid in this protocol.
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    std::chrono::nanoseconds interval{0};  ///< Between a reply and the next message.
    /// After this time without progress, a connection reports what it waits for, and continues to wait.
    std::chrono::nanoseconds wait_report = std::chrono::seconds(2);
    /// How long to wait for the reply to a datagram.
    std::chrono::nanoseconds reply_timeout = std::chrono::seconds(1);
};

}  // namespace iomux::client
