#include "compare/mechanisms/connections.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::UniqueFd;

// Far longer than any transfer between two sockets of one machine takes.
constexpr int patience_ms = 5000;

void await_event(int fd, short events) {
    pollfd polled{fd, events, 0};
    if (check(posix::uninterrupted([&] { return ::poll(&polled, 1, patience_ms); }), "poll") == 0)
        throw std::runtime_error("no event on a loopback connection within 5 s");
}

// Both ends of a connection over the loopback interface. Both are blocking.
struct Connection {
    Connection() {
        const UniqueFd listener = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 1);
        theirs = posix::connect_to(posix::Endpoint::local(listener.get()), posix::Blocking::yes);
        await_event(listener.get(), POLLIN);
        ours.reset(check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
        if (ours.get() >= FD_SETSIZE)
            throw std::runtime_error("cannot call select: too many descriptors are open (FD_SETSIZE)");
    }
    UniqueFd ours;
    UniqueFd theirs;
};

std::uint32_t epoll_events(int fd) {
    const UniqueFd epoll(check(::epoll_create1(EPOLL_CLOEXEC), "cannot create an epoll instance"));
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
    check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    return check(::epoll_wait(epoll.get(), &event, 1, 0), "epoll_wait") == 1 ? event.events : 0;
}

Reports reports_of(int fd) {
    fd_set readable, exceptional;
    FD_ZERO(&readable);
    FD_ZERO(&exceptional);
    FD_SET(fd, &readable);
    FD_SET(fd, &exceptional);
    timeval now{};
    check(::select(fd + 1, &readable, nullptr, &exceptional, &now), "select");
    return {.readable = FD_ISSET(fd, &readable), .exceptional = FD_ISSET(fd, &exceptional), .events = epoll_events(fd)};
}

bool can_be_written(int fd) {
    fd_set writable;
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    timeval now{};
    return check(::select(fd + 1, nullptr, &writable, nullptr, &now), "select") == 1;
}

// Sends until the buffers are full, and returns the number of bytes. The message size is that of the article the
// project started from (Python I/O multiplexing, 2020; see compare/claims/claims.hpp).
std::size_t fill(int fd) {
    const std::string message(1024, 'x');
    std::size_t sent = 0;
    for (;;) {
        const ssize_t taken = ::send(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken < 0 && errno == EAGAIN) return sent;
        sent += static_cast<std::size_t>(check(static_cast<int>(taken), "send"));
    }
}

}  // namespace

HangupReports probe_hangup_reports() {
    Connection ended, reset, urgent;
    ended.theirs.reset();
    await_event(ended.ours.get(), POLLIN);
    posix::give_up_unsent(reset.theirs.get());
    reset.theirs.reset();
    await_event(reset.ours.get(), POLLIN);
    check(static_cast<int>(::send(urgent.theirs.get(), "!", 1, MSG_NOSIGNAL | MSG_OOB)), "send");
    await_event(urgent.ours.get(), POLLPRI);
    return {reports_of(ended.ours.get()), reports_of(reset.ours.get()), reports_of(urgent.ours.get())};
}

Coalesced probe_coalesced(std::size_t messages, std::size_t message_size) {
    const Connection connection;
    const std::string message(message_size, 'x');
    for (std::size_t i = 0; i < messages; ++i)
        check(static_cast<int>(::send(connection.theirs.get(), message.data(), message.size(), MSG_NOSIGNAL)), "send");
    // Receive only after all messages have arrived.
    std::vector<char> buffer(1024);
    while (posix::bytes_received(connection.ours.get()) < messages * message_size)
        await_event(connection.ours.get(), POLLIN);
    const int received =
        check(static_cast<int>(::recv(connection.ours.get(), buffer.data(), buffer.size(), 0)), "recv");
    return {messages, message_size, static_cast<std::size_t>(received)};
}

SendSpace probe_send_space() {
    const Connection connection;
    const int fd = connection.ours.get();
    fill(fd);
    std::vector<char> buffer(4096);
    while (!can_be_written(fd)) {
        await_event(connection.theirs.get(), POLLIN);
        check(static_cast<int>(::recv(connection.theirs.get(), buffer.data(), buffer.size(), 0)), "recv");
    }
    const std::size_t room = fill(fd);
    posix::sleep_at_most(fd, posix::Direction::sending, std::chrono::milliseconds(20));
    const std::string longer(std::size_t{16} << 20, 'x');
    const ssize_t sent = ::send(fd, longer.data(), longer.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) posix::throw_errno("send");
    return {room, sent < static_cast<ssize_t>(longer.size())};
}

}  // namespace iomux::compare
