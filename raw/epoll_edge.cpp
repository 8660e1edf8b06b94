// epoll(7), edge-triggered: the kernel keeps the interest set and reports each change once (EPOLLET). So a connection
// is added once, for both directions, and never changed. Each socket is read and written until the call would block,
// within a budget per turn, because what is left is not reported again. Ceiling: RLIMIT_NOFILE.
#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "mechanisms.hpp"
#include "readiness_loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class EpollEdge final : public ReadinessLoop<> {
public:
    EpollEdge(Sockets sockets, const Settings& settings) : ReadinessLoop(std::move(sockets), settings) { listen(); }

private:
    // Bytes moved per connection and turn, so that one connection does not keep the others waiting.
    static constexpr std::size_t turn_budget = 256 * 1024;
    static constexpr std::uint32_t both_edges = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    void listen() {
        posix::check(control(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, &stop_), "cannot watch for the stop");
        // Level-triggered: an edge that the accept budget or a lack of descriptors wastes would strand the backlog.
        posix::check(control(EPOLL_CTL_ADD, acceptor_.fd(), 0, &acceptor_), "cannot watch the listener");
        if (datagrams_.is_open())
            posix::check(control(EPOLL_CTL_ADD, datagrams_.fd(), EPOLLIN, &datagrams_), "cannot watch for datagrams");
    }

    void wait() override {
        const int result = ::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms());
        // A connection is closed by its own event or after the last one, so no event is ever stale.
        for (const epoll_event& event : std::span(events_).first(reported(result, "epoll_wait"))) {
            if (event.data.ptr == &acceptor_)
                accept();
            else if (event.data.ptr == &datagrams_)
                datagrams_.answer();
            else if (event.data.ptr == &stop_)
                stop_requested_ = true;
            else
                dispatch(*static_cast<Connection*>(event.data.ptr), event.events);
        }
    }

    void accept() {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) watch(open(std::move(*accepted)));
        }
    }

    void dispatch(Connection& connection, std::uint32_t events) {
        budget_ = turn_budget;
        if (connection.wants_write()) write(connection);
        if (events & EPOLLIN) read(connection, events);
        if (connection.finished())
            close(connection);
        else if (budget_ == 0)
            remind(connection);
    }

    void read(Connection& connection, std::uint32_t events) {
        // What this event reports beside data lies behind the data and is not reported again: an end of file, an error,
        // or the mark of urgent data, at which recv(2) stops short (tcp(7)).
        const bool more_follows = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI);
        while (connection.wants_read() && budget_ > 0) {
            const std::span<std::byte> room = connection.room();
            const ssize_t size = ::recv(connection.fd(), room.data(), room.size(), 0);
            const bool goes_on = connection.received(room, size);
            spend(size);
            write(connection);
            if (!goes_on && !(more_follows && size > 0)) break;
        }
    }

    void write(Connection& connection) override {
        for (bool goes_on = true; goes_on;) {
            const auto [bytes, gathered] = connection.due();
            if (bytes.empty() && gathered == nullptr) return;
            const ssize_t size = gathered == nullptr ? ::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                                     : ::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL);
            goes_on = connection.sent(size) && connection.wants_write();
            spend(size);
            if (budget_ == 0) return;
        }
    }

    void spend(ssize_t bytes) { budget_ -= std::min(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)), budget_); }

    void watch(Connection& connection) {
        if (control(EPOLL_CTL_ADD, connection.fd(), both_edges, &connection) < 0) not_watched(connection);
    }

    // To set the same interest again makes the kernel check again, and report again what is ready.
    void remind(Connection& connection) {
        if (control(EPOLL_CTL_MOD, connection.fd(), both_edges, &connection) < 0) not_watched(connection);
    }

    void watch_listener(bool wanted) override {
        posix::check(control(EPOLL_CTL_MOD, acceptor_.fd(), wanted ? EPOLLIN : 0u, &acceptor_),
                     "cannot watch the listener");
    }

    // close(2) alone would leave it in the set if another loop or process has it open too.
    void unwatch(int fd) override { control(EPOLL_CTL_DEL, fd, 0, nullptr); }

    int control(int operation, int fd, std::uint32_t events, void* tag) {
        epoll_event event{.events = events, .data = {.ptr = tag}};
        return ::epoll_ctl(set_.get(), operation, fd, &event);
    }

    // close(2) of a socket's last descriptor removes it from the set.
    void close(Connection& connection) override { release(connection); }

    void drain(Connection& connection) override {
        write(connection);
        dispatch(connection, EPOLLIN);
    }

    posix::UniqueFd set_{posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll set")};
    std::array<epoll_event, 256> events_;
    std::size_t budget_ = 0;  // bytes that the current connection may still move in this turn
};

}  // namespace

std::unique_ptr<Server> make_epoll_edge(Sockets sockets, const Settings& settings) {
    return std::make_unique<EpollEdge>(std::move(sockets), settings);
}

}  // namespace iomux::raw
