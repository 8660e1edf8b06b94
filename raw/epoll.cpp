// epoll(7), level-triggered: the kernel keeps the interest set. epoll_ctl(2) tells it what has changed; epoll_wait(2)
// returns what is ready and nothing else, at every wait until it has been taken. Ceiling: RLIMIT_NOFILE.
#include <sys/epoll.h>

#include <array>

#include "mechanisms.hpp"
#include "readiness_loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

struct WatchedConnection : Connection {
    using Connection::Connection;
    Interest watched = Interest::none;  // what the kernel's set holds for it
};

class Epoll final : public ReadinessLoop<WatchedConnection> {
public:
    Epoll(Sockets sockets, const Settings& settings) : ReadinessLoop(std::move(sockets), settings) { listen(); }

private:
    void listen() {
        posix::check(control(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, &stop_), "cannot watch for the stop");
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
            // EPOLLERR (a reset) and EPOLLHUP (both directions are shut down) come unasked. The call that follows fails
            // then, or returns the end of the stream. So does recv(2) after EPOLLRDHUP, which is not asked for.
            else if (event.events & EPOLLIN)
                read(*static_cast<WatchedConnection*>(event.data.ptr));
            else
                write(*static_cast<WatchedConnection*>(event.data.ptr));
        }
    }

    void accept() {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) watch(open(std::move(*accepted)));
        }
    }

    void read(WatchedConnection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
        write(connection);
    }

    void write(WatchedConnection& connection) override {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
        connection.finished() ? close(connection) : watch(connection);
    }

    void watch(WatchedConnection& connection) {
        const Interest interest = connection.interest();
        if (interest == connection.watched) return;
        const std::uint32_t events =
            (includes(interest, Interest::read) ? EPOLLIN : 0u) | (includes(interest, Interest::write) ? EPOLLOUT : 0u);
        const int operation = connection.watched == Interest::none ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        connection.watched = interest;
        if (control(operation, connection.fd(), events, &connection) < 0) not_watched(connection);
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
    void close(WatchedConnection& connection) override { release(connection); }

    posix::UniqueFd set_{posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll set")};
    std::array<epoll_event, 256> events_;
};

}  // namespace

std::unique_ptr<Server> make_epoll(Sockets sockets, const Settings& settings) {
    return std::make_unique<Epoll>(std::move(sockets), settings);
}

}  // namespace iomux::raw
