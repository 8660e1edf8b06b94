#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// Whether others of this user may bind to the same port, and get a share of what comes (SO_REUSEPORT).
enum class PortUse { alone, shared };

/// A non-blocking, close-on-exec listening socket. SO_REUSEADDR, so that a restart does not wait for TIME_WAIT;
/// TCP_NODELAY, which the sockets that it accepts inherit, so that small writes are sent at once.
/// A Unix socket's path that nobody listens on any more is taken over.
/// Throws std::system_error: `cannot listen on 127.0.0.1:8080: Address already in use`.
UniqueFd listen_on(const Endpoint& endpoint, int backlog, PortUse use = PortUse::alone);

/// A non-blocking, close-on-exec UDP socket bound to an IPv4 or IPv6 address. A datagram's control messages say which
/// of the machine's addresses it was sent to (IP_PKTINFO).
/// Throws std::system_error: `cannot serve datagrams on 127.0.0.1:8080: Address already in use`.
UniqueFd datagram_socket_on(const Endpoint& endpoint, PortUse use = PortUse::alone);

/// What a UDP datagram over IPv4 holds at most: 65,535 bytes without the headers of IP and UDP.
inline constexpr std::size_t longest_datagram = 65'507;

/// Give a socket that another has opened what `listen_on` and `datagram_socket_on` give theirs. Throw
/// std::runtime_error where it is not of their kind; `what` begins the message.
void adopt_listener(int fd, const std::string& what);
void adopt_datagram_socket(int fd, const std::string& what);

/// SOCK_STREAM, SOCK_DGRAM or another (SO_TYPE). Throws std::system_error where it is no socket.
int socket_type(int fd, const std::string& what);

/// Whether the path is that of a Unix socket that nobody listens on: its file outlives its server. Any other file is
/// not ours to remove.
bool is_abandoned(const Endpoint& endpoint);

enum class Blocking { yes, no };

/// A close-on-exec socket, connected (or connecting, where it does not block), TCP_NODELAY set.
/// Throws std::system_error.
UniqueFd connect_to(const Endpoint& endpoint, Blocking blocking);

/// The same from `source`, an IPv4 or IPv6 address of this machine, whose port the kernel picks: for each pair of
/// addresses it has all ports (IP_BIND_ADDRESS_NO_PORT).
UniqueFd connect_from(const Endpoint& source, const Endpoint& endpoint, Blocking blocking);

/// A close-on-exec datagram socket, connected: it hears from that address alone, and is told (ECONNREFUSED) where
/// nobody is there. Throws std::system_error.
UniqueFd datagram_socket_to(const Endpoint& endpoint, Blocking blocking);

/// Calls on the socket wait from now on (no O_NONBLOCK). Throws std::system_error.
void let_block(int fd);
/// They do not wait from now on, those underway excepted (O_NONBLOCK).
void keep_from_blocking(int fd) noexcept;

enum class Direction { receiving, sending };

/// Calls that wait do so for so long, and then fail as those that do not (SO_RCVTIMEO, SO_SNDTIMEO). Throws
/// std::system_error.
void sleep_at_most(int fd, Direction direction, std::chrono::microseconds time);

/// Sends small writes at once (TCP_NODELAY); nothing on a Unix socket.
std::error_code send_at_once(int fd);

/// Lets the socket keep so many received bytes, what the kernel adds to each included (SO_RCVBUF), as far as the system
/// lets us (net.core.rmem_max).
void make_room_for_receiving(int fd, std::size_t bytes);

/// How many bytes wait in the socket's receive queue (FIONREAD).
std::size_t bytes_received(int fd);
/// How many bytes were sent and not taken by the peer's side (SIOCOUTQ).
std::size_t bytes_untaken(int fd);
/// Closing it sends a reset, and leaves nothing with the kernel that is to be sent (SO_LINGER).
void give_up_unsent(int fd) noexcept;

/// What went wrong on the socket since the last look (SO_ERROR).
int pending_error(int fd);

}  // namespace iomux::posix
