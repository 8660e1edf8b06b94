#pragma once

#include <cstddef>

#include "compare/mechanisms/monitor_mechanisms.hpp"

namespace iomux::compare {

/// select, poll, epoll, …; throws std::invalid_argument for another name.
const Mechanism& mechanism_named(std::string_view name);

/// Bytes have come to a socket, and nobody reads them: how many of so many waits report the socket.
std::size_t reports_of_unread_bytes(const Mechanism& mechanism, std::size_t waits);

/// So many bytes have come, and each time that the socket is reported the program reads once, `read_size` at most, as
/// the document's servers do: how many bytes are never read, for the socket is not reported any more.
std::size_t stranded_bytes(const Mechanism& mechanism, std::size_t sent, std::size_t read_size);

/// So many clients have connected, and each time that the listening socket is reported the program accepts once: how
/// many clients are never accepted.
std::size_t stranded_clients(const Mechanism& mechanism, std::size_t clients);

}  // namespace iomux::compare
