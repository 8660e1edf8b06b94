#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "posix/endpoint.hpp"

namespace iomux::compare {

/// A socket in `/proc/net/tcp`, `tcp6` or `unix`, by the number of its inode.
using SocketInode = ino_t;

/// The sockets that listen for connections to the endpoint. If one is bound to the very address, those that are bound
/// to all addresses are left out, as the kernel does. There are several if processes share a port (SO_REUSEPORT).
///
/// The sockets of a network namespace: that of `process`, or that of this process. None if the address is not one of
/// this namespace.
std::vector<SocketInode> listening_sockets(const posix::Endpoint& endpoint, std::optional<pid_t> process = {});

/// The server's ends of the established connections to the endpoint, without those that wait to be accepted.
std::vector<SocketInode> accepted_sockets(const posix::Endpoint& endpoint);

/// Parse the content of `/proc/net/tcp` and `tcp6`, and of `/proc/net/unix`.
std::vector<SocketInode> parse_listening(const posix::Endpoint& endpoint, std::string_view tcp, std::string_view tcp6);
std::vector<SocketInode> parse_accepted(const posix::Endpoint& endpoint, std::string_view tcp, std::string_view tcp6);
std::vector<SocketInode> parse_listening_unix(const posix::Endpoint& endpoint, std::string_view unix_sockets);
std::vector<SocketInode> parse_accepted_unix(const posix::Endpoint& endpoint, std::string_view unix_sockets);

/// The processes that have a descriptor of one of these sockets, in ascending order.
struct SocketOwners {
    std::vector<pid_t> processes;
    bool complete = true;  ///< False: the descriptors of some processes must not be read.
};
SocketOwners owners_of(std::span<const SocketInode> sockets);

/// Those of the sockets that none of the processes has a descriptor of.
std::vector<SocketInode> without_those_of(std::span<const pid_t> processes, std::span<const SocketInode> sockets);

}  // namespace iomux::compare
