#include "posix/socket.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

void turn_on(int fd, int level, int option, const std::string& what) {
    const int on = 1;
    check(::setsockopt(fd, level, option, &on, sizeof on), what);
}

int asked(int fd, int option, const std::string& what) {
    int value = 0;
    socklen_t size = sizeof value;
    check(::getsockopt(fd, SOL_SOCKET, option, &value, &size), what);
    return value;
}

bool is_internet(int family) { return family == AF_INET || family == AF_INET6; }

void tell_destinations(int fd, int family, const std::string& what) {
    if (family == AF_INET6)
        turn_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, what);
    else
        turn_on(fd, IPPROTO_IP, IP_PKTINFO, what);
}

constexpr std::chrono::seconds longest_wait_for_the_backlog{5};

UniqueFd stream_socket(int family, int flags) {
    return UniqueFd(check(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "cannot open a socket"));
}

// If nothing listens at the endpoint, but the kernel chooses its port for the connecting socket, TCP connects the
// socket to itself (simultaneous open, RFC 9293, 3.5). UDP does so, too.
void refuse_itself(int fd, const Endpoint& endpoint, const std::string& what) {
    if (!is_internet(endpoint.family())) return;
    const Endpoint local = Endpoint::local(fd);
    if (local.port() != endpoint.port() || local.text() != endpoint.text()) return;
    // Otherwise no server could listen there for a minute (TIME_WAIT).
    const linger reset{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    throw_errno(what, ECONNREFUSED);
}

// Returns errno, or 0. What the kernel answers depends on the protocol and the network if the address is a broadcast
// one.
int error_of_connecting(int fd, const Endpoint& endpoint) {
    const int error = ::connect(fd, endpoint.data(), endpoint.size()) == 0 ? 0 : errno;
    return error != 0 && error != EINPROGRESS && is_broadcast(endpoint) ? EINVAL : error;
}

// Over TCP, the kernel sends a request again that the backlog of the server cannot take. Over a Unix socket, it waits
// only for blocking sockets. Returns errno, or 0.
int error_of_waiting_for_the_backlog(int fd, const Endpoint& endpoint) {
    let_block(fd);
    sleep_at_most(fd, Direction::sending, longest_wait_for_the_backlog);
    const int error = error_of_connecting(fd, endpoint);
    sleep_at_most(fd, Direction::sending, std::chrono::microseconds(0));  // without limit
    keep_from_blocking(fd);
    return error;
}

UniqueFd connected(UniqueFd fd, const Endpoint& endpoint, Blocking blocking) {
    const std::string what = "cannot connect to " + endpoint.text();
    if (const std::error_code error = send_at_once(fd.get())) throw std::system_error(error, what);
    int error = error_of_connecting(fd.get(), endpoint);
    if (error == EAGAIN && endpoint.is_unix()) {
        error = error_of_waiting_for_the_backlog(fd.get(), endpoint);
        if (error == EAGAIN) throw_errno(what + ": the server's backlog was full for 5 s", error);
    }
    if (error != 0 && !(blocking == Blocking::no && error == EINPROGRESS)) throw_errno(what, error);
    refuse_itself(fd.get(), endpoint, what);
    return fd;
}

}  // namespace

bool is_broadcast(const Endpoint& endpoint) {
    if (endpoint.family() != AF_INET) return false;
    const in_addr_t address = ntohl(reinterpret_cast<const sockaddr_in*>(endpoint.data())->sin_addr.s_addr);
    if (address == INADDR_BROADCAST) return true;
    // That of a network, such as 127.255.255.255, ends in at least two ones. Usual addresses need no probe then.
    constexpr in_addr_t ones = 0b11;
    if ((address & ones) != ones) return false;
    // Without SO_BROADCAST, a socket must not send there.
    const UniqueFd probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return probe && ::connect(probe.get(), endpoint.data(), endpoint.size()) < 0 && errno == EACCES;
}

bool is_abandoned(const Endpoint& endpoint) {
    struct stat file {};
    if (::lstat(endpoint.path().c_str(), &file) < 0 || !S_ISSOCK(file.st_mode)) return false;
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return probe && ::connect(probe.get(), endpoint.data(), endpoint.size()) < 0 && errno == ECONNREFUSED;
}

bool is_other_file(const Endpoint& endpoint) {
    struct stat file {};
    return endpoint.is_unix() && ::lstat(endpoint.path().c_str(), &file) == 0 && !S_ISSOCK(file.st_mode);
}

UniqueFd listen_on(const Endpoint& endpoint, int backlog, PortUse use) {
    const std::string what = "cannot listen on " + endpoint.text();
    // Linux listens on such an address of IPv4, though no connection can ever come.
    if (endpoint.is_multicast() || is_broadcast(endpoint)) throw_errno(what, EINVAL);
    UniqueFd listener = stream_socket(endpoint.family(), SOCK_NONBLOCK);
    if (!endpoint.is_unix()) {
        turn_on(listener.get(), SOL_SOCKET, SO_REUSEADDR, what);
        turn_on(listener.get(), IPPROTO_TCP, TCP_NODELAY, what);
        if (use == PortUse::shared) turn_on(listener.get(), SOL_SOCKET, SO_REUSEPORT, what);
    }
    int bound = ::bind(listener.get(), endpoint.data(), endpoint.size());
    if (bound < 0 && errno == EADDRINUSE && endpoint.is_unix()) {
        if (!is_abandoned(endpoint)) throw_errno(what, EADDRINUSE);
        check(::unlink(endpoint.path().c_str()), what);
        bound = ::bind(listener.get(), endpoint.data(), endpoint.size());
    }
    check(bound, what);
    check(::listen(listener.get(), backlog), what);
    return listener;
}

UniqueFd datagram_socket_on(const Endpoint& endpoint, PortUse use) {
    const std::string what = "cannot serve datagrams on " + endpoint.text();
    UniqueFd fd(check(::socket(endpoint.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), what));
    tell_destinations(fd.get(), endpoint.family(), what);
    if (use == PortUse::shared) turn_on(fd.get(), SOL_SOCKET, SO_REUSEPORT, what);
    check(::bind(fd.get(), endpoint.data(), endpoint.size()), what);
    return fd;
}

void adopt_listener(int fd, const std::string& what) {
    const Endpoint endpoint = Endpoint::local(fd);
    if (!endpoint.is_unix() && !is_internet(endpoint.family()))
        throw std::runtime_error(what + ": not a TCP or Unix socket");
    if (asked(fd, SO_ACCEPTCONN, what) == 0) throw std::runtime_error(what + ": the socket is not listening");
    if (const std::error_code error = send_at_once(fd)) throw std::system_error(error, what);
    keep_from_blocking(fd);
}

void adopt_datagram_socket(int fd, const std::string& what) {
    const int family = Endpoint::local(fd).family();
    if (!is_internet(family)) throw std::runtime_error(what + ": not a UDP socket");
    tell_destinations(fd, family, what);
    keep_from_blocking(fd);
}

int socket_type(int fd, const std::string& what) { return asked(fd, SO_TYPE, what); }

UniqueFd connect_to(const Endpoint& endpoint, Blocking blocking) {
    return connected(stream_socket(endpoint.family(), blocking == Blocking::no ? SOCK_NONBLOCK : 0), endpoint,
                     blocking);
}

UniqueFd connect_from(const Endpoint& source, const Endpoint& endpoint, Blocking blocking) {
    const std::string what = "cannot connect from " + source.text();
    UniqueFd fd = stream_socket(endpoint.family(), blocking == Blocking::no ? SOCK_NONBLOCK : 0);
    turn_on(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, what);
    check(::bind(fd.get(), source.data(), source.size()), what);
    return connected(std::move(fd), endpoint, blocking);
}

UniqueFd datagram_socket_to(const Endpoint& endpoint, Blocking blocking) {
    const std::string what = "cannot connect to " + endpoint.text();
    const int flags = SOCK_DGRAM | SOCK_CLOEXEC | (blocking == Blocking::no ? SOCK_NONBLOCK : 0);
    UniqueFd fd(check(::socket(endpoint.family(), flags, 0), what));
    if (const int error = error_of_connecting(fd.get(), endpoint); error != 0) throw_errno(what, error);
    refuse_itself(fd.get(), endpoint, what);
    return fd;
}

void let_block(int fd) {
    const int flags = check(::fcntl(fd, F_GETFL), "cannot get the flags of a socket");
    check(::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK), "cannot make a socket blocking");
}

void keep_from_blocking(int fd) noexcept {
    // It cannot fail on an open socket.
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void sleep_at_most(int fd, Direction direction, std::chrono::microseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timeval value{seconds.count(), (time - seconds).count()};
    const int option = direction == Direction::receiving ? SO_RCVTIMEO : SO_SNDTIMEO;
    check(::setsockopt(fd, SOL_SOCKET, option, &value, sizeof value), "cannot set the time-out of a socket");
}

std::error_code send_at_once(int fd) {
    const int on = 1;
    if (::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 || errno == EOPNOTSUPP) return {};
    return error_of(errno);
}

void make_room_for_receiving(int fd, std::size_t bytes) {
    int room = 0;
    socklen_t size = sizeof room;
    check(::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, &size), "cannot get the receive buffer size of a socket");
    if (static_cast<std::size_t>(room) >= bytes) return;
    // The kernel doubles the given size.
    room = static_cast<int>(std::min(bytes / 2, std::size_t{std::numeric_limits<int>::max()}));
    check(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room),
          "cannot set the receive buffer size of a socket");
}

std::size_t bytes_received(int fd) {
    int bytes = 0;
    // It can fail if the connection is gone.
    return ::ioctl(fd, FIONREAD, &bytes) < 0 || bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

std::size_t bytes_untaken(int fd) {
    int bytes = 0;
    return ::ioctl(fd, SIOCOUTQ, &bytes) < 0 || bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

void give_up_unsent(int fd) noexcept {
    const linger at_once{1, 0};
    // It cannot fail on an open socket.
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

}  // namespace iomux::posix
