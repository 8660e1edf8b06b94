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

/// What one loop serves: neither socket blocks.
struct Sockets {
    posix::UniqueFd listener;
    posix::UniqueFd datagrams;  ///< Bound to the listener's address and port (UDP); none where none are served.
    std::shared_ptr<ConnectionLimit> limit;  ///< For the clients of all loops at this address.
};

/// Sockets for each of `loops` loops that share one listener.
std::vector<Sockets> share_sockets(Sockets sockets, const Settings& settings, std::size_t loops);

/// Those that a service manager has handed over: one that listens, and for `Settings::datagrams` a UDP socket of the
/// same port, or if there is none, one of our own. Throws std::runtime_error where they are anything else.
Sockets adopt_sockets(std::vector<posix::HandedOver> handed_over, const Settings& settings);

/// Sockets for each of `loops` loops at one address. They have a listener each, among which the kernel spreads the
/// clients (SO_REUSEPORT, socket(7)), or share one, as `settings.accepting` says.
/// Throws std::system_error: `cannot listen on 127.0.0.1:8080: Address already in use`.
std::vector<Sockets> open_sockets(const posix::Endpoint& endpoint, int backlog, const Settings& settings,
                                  std::size_t loops);

}  // namespace iomux::server
