#pragma once

#include <cstddef>

#include "compare/mechanisms/monitor_mechanisms.hpp"

namespace iomux::compare {

/// select, poll, epoll, …; throws std::invalid_argument for an unknown name.
const Mechanism& mechanism_named(std::string_view name);

/// Bytes arrive at a socket and are never read. Returns how many of the waits report the socket.
std::size_t reports_of_unread_bytes(const Mechanism& mechanism, std::size_t waits);

/// Sends bytes to a socket. Whenever the socket is reported, the program reads once, at most `read_size` bytes. So do
/// the servers in the article the project started from (Python I/O multiplexing, 2020; see compare/claims/claims.hpp).
/// Returns the number of bytes that are never read, because the socket is no longer reported.
std::size_t unread_bytes(const Mechanism& mechanism, std::size_t sent, std::size_t read_size);

/// Clients connect. Whenever the listening socket is reported, the program accepts once. Returns the number of clients
/// that are never accepted.
std::size_t unaccepted_clients(const Mechanism& mechanism, std::size_t clients);

}  // namespace iomux::compare
