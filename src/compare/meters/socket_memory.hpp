#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iomux::compare {

/// What the kernel holds in the buffers of some TCP sockets.
struct SocketBuffers {
    std::size_t sockets = 0;
    std::size_t bytes = 0;  ///< Received and not read, sent and not acknowledged, and set aside for more.
};

/// Of the connections of one family (AF_INET, AF_INET6) whose own port is this one: at a server's port, of its ends and
/// not of its clients', though these are on the same machine. Told by the kernel socket by socket (INET_DIAG, as by `ss
/// -m`), to the byte. Throws std::system_error where it does not tell.
SocketBuffers socket_buffers(int family, std::uint16_t port);

/// Bytes of the kernel for the socket at one end of a TCP connection, whatever is in its buffers: the socket, its
/// inode, its open file and its directory entry, each with its share of the pages in which the kernel keeps such
/// objects
/// (`/proc/slabinfo`). The same for all sockets of a family (AF_INET, AF_INET6) under a kernel. What a server asks for
/// besides is not in it: epoll(7) takes some 0.2 KiB for each descriptor that it watches. Throws std::runtime_error
/// where the system does not tell: the file is for root.
std::size_t socket_object_bytes(int family);

/// Of a text of `/proc/slabinfo`, the bytes of one object of a cache, with its share of the pages; nothing where it has
/// no such cache.
std::optional<std::size_t> parse_object_bytes(std::string_view slabinfo, std::string_view cache);

}  // namespace iomux::compare
