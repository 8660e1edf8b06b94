#include "client.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "posix/io_result.hpp"
#include "posix/socket.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::conformance {
namespace {

using std::chrono::milliseconds;

void check_transfer(const posix::IoResult& transfer, const char* what) {
    if (transfer.error != 0 && !transfer.would_block()) posix::throw_errno(what, transfer.error);
}

short poll_once(int fd, short events, milliseconds time_limit) {
    pollfd polled{fd, events, 0};
    const int ready = posix::uninterrupted([&] { return ::poll(&polled, 1, static_cast<int>(time_limit.count())); });
    posix::check(ready, "poll");
    return polled.revents;
}

}  // namespace

void sleep_a_moment(std::chrono::steady_clock::time_point since, const char* what) {
    if (std::chrono::steady_clock::now() - since > patience)
        throw std::runtime_error(std::string("timed out before: ") + what);
    ::poll(nullptr, 0, 1);
}

Client::Client(const posix::Endpoint& server) : socket_(posix::connect_to(server, posix::Blocking::yes)) {
    posix::check(::fcntl(fd(), F_SETFL, O_NONBLOCK), "fcntl");
}

short Client::wait(bool or_writable) {
    const short events = poll_once(fd(), static_cast<short>(or_writable ? POLLIN | POLLOUT : POLLIN), patience);
    if (events == 0) throw std::runtime_error("timed out: the server neither sends nor takes bytes");
    return events;
}

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t sent = send_some(bytes, patience);
        if (sent == 0) throw std::runtime_error("timed out: the server takes no more bytes");
        bytes.remove_prefix(sent);
    }
}

std::size_t Client::send_some(std::string_view bytes, milliseconds time_limit) {
    posix::IoResult sent = posix::send(fd(), protocol::as_bytes(bytes));
    while (sent.would_block()) {
        if (poll_once(fd(), POLLOUT, time_limit) == 0) return 0;
        sent = posix::send(fd(), protocol::as_bytes(bytes));
    }
    check_transfer(sent, "send");
    return sent.size;
}

std::string Client::receive_some() {
    std::array<std::byte, 64 * 1024> buffer;
    posix::IoResult got = posix::receive(fd(), buffer);
    while (got.would_block()) {
        wait(false);
        got = posix::receive(fd(), buffer);
    }
    check_transfer(got, "receive");
    return std::string(protocol::as_text(std::span(buffer).first(got.size)));
}

std::string Client::receive(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t have = 0; have < size;) {
        const posix::IoResult got = posix::receive(fd(), std::as_writable_bytes(std::span(text).subspan(have)));
        check_transfer(got, "receive");
        if (got.would_block())
            wait(false);
        else if (got.size == 0)
            throw std::runtime_error("the server closed the connection too early");
        have += got.size;
    }
    return text;
}

std::string Client::receive_all() {
    std::string text;
    for (std::string more = receive_some(); !more.empty(); more = receive_some()) text += more;
    return text;
}

bool Client::is_refused() {
    wait(false);
    std::byte byte;
    const posix::IoResult got = posix::receive(fd(), std::span(&byte, 1));
    return got.size == 0 && (got.error == 0 || got.error == ECONNRESET);
}

void Client::await_receipt() {
    const auto everything_is_acknowledged = [this] {
        // After an error nothing more is acknowledged.
        if (const int error = posix::pending_error(fd())) posix::throw_errno("send", error);
        int unacknowledged = 0;
        posix::check(::ioctl(fd(), SIOCOUTQ, &unacknowledged), "SIOCOUTQ");
        return unacknowledged == 0;
    };
    wait_until(everything_is_acknowledged, "the server's kernel acknowledges what was sent");
}

void Client::shrink_receive_buffer() {
    const int size = 32 * 1024;
    posix::check(::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size), "SO_RCVBUF");
}

void Client::end_sending() { posix::check(::shutdown(fd(), SHUT_WR), "shutdown"); }

void Client::reset() {
    const linger at_once{1, 0};
    posix::check(::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
    close();
}

}  // namespace iomux::conformance
