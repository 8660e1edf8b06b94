#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iomux::compare {

/// Kernel memory in the buffers of TCP sockets.
struct SocketBuffers {
    std::size_t sockets = 0;
    std::size_t bytes = 0;  ///< Received but unread, sent but not acknowledged, or reserved.
};

/// The buffers of all established connections of one family (AF_INET, AF_INET6) with this local port. At a server's
/// port these are the server's ends; the clients' ends on the same machine are not included. The kernel reports every
/// socket to the byte (INET_DIAG, as in `ss -m`). Throws std::system_error if it does not.
SocketBuffers socket_buffers(int family, std::uint16_t port);

/// Kernel memory for the socket at one end of a TCP connection, without its buffers: the socket, its inode, its open
/// file and its directory entry. Each includes its share of the pages in which the kernel keeps such objects
/// (`/proc/slabinfo`). The result is the same for all sockets of a family (AF_INET, AF_INET6) on one kernel. Memory
/// that a server requests in addition is not included: epoll(7) takes about 0.2 KiB per watched descriptor. Throws
/// std::runtime_error if the system does not report it: only root may read the file.
std::size_t socket_object_bytes(int family);

/// Parses `/proc/slabinfo`: the bytes of one object of a cache, with its share of the pages. Nothing if there is no
/// such cache.
std::optional<std::size_t> parse_object_bytes(std::string_view slabinfo, std::string_view cache);

}  // namespace iomux::compare
