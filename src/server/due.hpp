#pragma once

#include <sys/socket.h>

#include "protocol/protocol_config.hpp"

namespace iomux::server {

/// What a connection has to send now: nothing, one piece of memory, or several.
struct Due {
    protocol::Bytes bytes;             ///< One piece, for send(2), which costs the kernel less than sendmsg(2).
    const msghdr* gathered = nullptr;  ///< Several pieces, for sendmsg(2). `bytes` is empty then.
};

}  // namespace iomux::server
