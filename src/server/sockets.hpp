#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "posix/endpoint.hpp"
#include "posix/handed_over.hpp"
#include "posix/unique_fd.hpp"
#include "server/connection_limit.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// The sockets that one loop serves. Neither blocks.
struct Sockets {
    posix::UniqueFd listener;
    posix::UniqueFd datagrams;  ///< UDP, bound to the listener's address and port. Empty if none are served.
    std::shared_ptr<ConnectionLimit> limit;  ///< Shared by all loops at this address.
};

/// Sockets for each of `loops` loops that share one listener.
std::vector<Sockets> share_sockets(Sockets sockets, const Settings& settings, std::size_t loops);

/// The sockets that a service manager has handed over: one listener and, if `Settings::datagrams` is set, a UDP socket
/// with the same port. If there is no UDP socket, one is opened. Throws std::runtime_error if they are anything else.
Sockets adopt_sockets(std::vector<posix::HandedOver> handed_over, const Settings& settings);

/// Sockets for each of `loops` loops at one address. As `settings.accepting` says, each loop has its own listener, and
/// the kernel distributes connections among them (SO_REUSEPORT, socket(7)), or all share one.
/// If the address is in use, it tries again for `settings.bind_retry`. Throws std::system_error, or std::runtime_error
/// that says what to do: `cannot listen on 127.0.0.1:8080: Address already in use (tried for 1s); choose another --port
/// (0: any free)`.
std::vector<Sockets> open_sockets(const posix::Endpoint& endpoint, int backlog, const Settings& settings,
                                  std::size_t loops);

}  // namespace iomux::server
