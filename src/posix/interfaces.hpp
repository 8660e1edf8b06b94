#pragma once

#include <string>
#include <vector>

#include "posix/endpoint.hpp"

namespace iomux::posix {

/// The addresses at which a listening socket can be reached, with its port. If it listens on all addresses (0.0.0.0 or
/// ::), these are the addresses of the network interfaces: those for other machines first, loopback last. Link-local
/// IPv6 addresses are left out, because a link cannot name their interface. Throws std::system_error.
std::vector<Endpoint> reachable_at(int listener);

/// The name of this machine (gethostname(2)); empty if it has none.
std::string host_name();

}  // namespace iomux::posix
