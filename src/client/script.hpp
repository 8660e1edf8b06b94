#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "protocol/dialect.hpp"

namespace iomux::client {

/// What every connection does: send the message, await the reply, rest, and again.
struct Script {
    protocol::Dialect dialect;
    std::string message = "hi";  ///< Can be asked in this dialect.
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    std::chrono::nanoseconds interval{0};  ///< Between a reply and the next message.
    /// For so long a datagram's reply is awaited.
    std::chrono::nanoseconds reply_timeout = std::chrono::seconds(1);
};

}  // namespace iomux::client
