#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// Whether other sockets of this user may bind to the same port and share its connections or datagrams (SO_REUSEPORT).
enum class PortUse { alone, shared };

/// A non-blocking, close-on-exec listening socket. SO_REUSEADDR lets a restart ignore TIME_WAIT. TCP_NODELAY is
/// inherited by accepted sockets, so that they send small writes at once.
/// The path of an abandoned Unix socket is reused.
/// Throws std::system_error: `cannot listen on 127.0.0.1:8080: Address already in use`.
UniqueFd listen_on(const Endpoint& endpoint, int backlog, PortUse use = PortUse::alone);

/// A non-blocking, close-on-exec UDP socket bound to an IPv4 or IPv6 address. The control messages of a datagram
/// contain its destination address (IP_PKTINFO). Throws std::system_error: `cannot serve datagrams on 127.0.0.1:8080:
/// Address already in use`.
UniqueFd datagram_socket_on(const Endpoint& endpoint, PortUse use = PortUse::alone);

/// The most bytes in a UDP datagram over IPv4: 65,535 minus the headers of IP and UDP.
inline constexpr std::size_t longest_datagram = 65'507;

/// Set the same options on a socket that another process has opened as `listen_on` and `datagram_socket_on` do. Throw
/// std::runtime_error if it is another kind of socket; the message begins with `what`.
void adopt_listener(int fd, const std::string& what);
void adopt_datagram_socket(int fd, const std::string& what);

/// SOCK_STREAM, SOCK_DGRAM or another type (SO_TYPE). Throws std::system_error if `fd` is not a socket.
int socket_type(int fd, const std::string& what);

/// Whether the path is a Unix socket without a listener: its file remains when its server ends. Any other file must not
/// be removed.
bool is_abandoned(const Endpoint& endpoint);
/// Whether it is a broadcast address of IPv4, at which no connection can be made.
bool is_broadcast(const Endpoint& endpoint);
/// Whether the path is a file that is not a socket, so that no server can ever listen there.
bool is_other_file(const Endpoint& endpoint);

enum class Blocking { yes, no };

/// A close-on-exec socket with TCP_NODELAY that is connected, or still connecting if it is non-blocking. A socket that
/// is connected to itself counts as refused. If the backlog of a Unix socket is full, a non-blocking socket waits for
/// up to 5 s, too. Throws std::system_error.
UniqueFd connect_to(const Endpoint& endpoint, Blocking blocking);

/// The same from `source`, an IPv4 or IPv6 address of this machine. The kernel chooses the port; every pair of
/// addresses has the full range of ports (IP_BIND_ADDRESS_NO_PORT).
UniqueFd connect_from(const Endpoint& source, const Endpoint& endpoint, Blocking blocking);

/// A close-on-exec, connected datagram socket. It receives only from that address, and reports ECONNREFUSED if no
/// socket is bound there. Throws std::system_error.
UniqueFd datagram_socket_to(const Endpoint& endpoint, Blocking blocking);

/// Makes the socket blocking (clears O_NONBLOCK). Throws std::system_error.
void let_block(int fd);
/// Makes the socket non-blocking (sets O_NONBLOCK). A call that is already blocked stays blocked.
void keep_from_blocking(int fd) noexcept;

enum class Direction { receiving, sending };

/// Limits how long a call on a blocking socket blocks; then it fails with EAGAIN (SO_RCVTIMEO, SO_SNDTIMEO). Throws
/// std::system_error.
void sleep_at_most(int fd, Direction direction, std::chrono::microseconds time);

/// Makes a TCP socket send small writes at once (TCP_NODELAY). Does nothing on a Unix socket.
std::error_code send_at_once(int fd);

/// Enlarges the receive buffer to `bytes`, including the kernel's overhead per datagram (SO_RCVBUF). The system limits
/// it (net.core.rmem_max).
void make_room_for_receiving(int fd, std::size_t bytes);

/// How many bytes are in the socket's receive queue (FIONREAD).
std::size_t bytes_received(int fd);
/// How many bytes in the send queue the peer has not acknowledged (SIOCOUTQ).
std::size_t bytes_untaken(int fd);
/// Makes close(2) send a reset and discard unsent bytes (SO_LINGER).
void give_up_unsent(int fd) noexcept;

/// Returns and clears the pending error of the socket (SO_ERROR); 0 if there is none.
int pending_error(int fd);

}  // namespace iomux::posix
