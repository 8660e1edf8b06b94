#pragma once

#include <string>
#include <system_error>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// A non-blocking, close-on-exec listening socket. SO_REUSEADDR, so that a restart does not wait for TIME_WAIT.
/// A Unix socket's path that nobody listens on any more is taken over.
/// Throws std::system_error: `cannot listen on 127.0.0.1:8080: Address already in use`.
UniqueFd listen_on(const Endpoint& endpoint, int backlog);

/// Whether the path is that of a Unix socket that nobody listens on: its file outlives its server. Any other file is
/// not ours to remove.
bool is_abandoned(const Endpoint& endpoint);

enum class Blocking { yes, no };

/// A close-on-exec socket, connected (or connecting, where it does not block), TCP_NODELAY set.
/// Throws std::system_error.
UniqueFd connect_to(const Endpoint& endpoint, Blocking blocking);

/// Sends small writes at once (TCP_NODELAY); nothing on a Unix socket.
std::error_code send_at_once(int fd);

/// How many bytes wait in the socket's receive queue (FIONREAD).
std::size_t bytes_received(int fd);

/// What went wrong on the socket since the last look (SO_ERROR).
int pending_error(int fd);

}  // namespace iomux::posix
