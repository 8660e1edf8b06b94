// epoll(7), several threads with a set each, and one listener in all of the sets: for a client that comes, the kernel
// wakes one of those that wait and not the whole herd (EPOLLEXCLUSIVE). From there on a connection is its thread's. Who
// is woken is the first in the listener's queue, and the same each time: a light load stays with one thread.
#include <sys/epoll.h>

#include <array>
#include <span>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class EpollExclusive final : public Server {
public:
    EpollExclusive(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          connections_(settings_, log_, counters_) {
        listen();
    }

    void run() override {
        while (acceptor_.is_open() || !connections_.empty()) {
            bool stopped = false;
            // A connection is closed by its own event or after the last one, so no event is ever stale.
            for (const epoll_event& event : wait()) {
                if (event.data.ptr == &acceptor_)
                    accept();
                else if (event.data.ptr == &datagrams_)
                    datagrams_.answer();
                else if (event.data.ptr == &stop_)
                    stopped = true;
                else if (event.events & EPOLLIN)
                    read(*static_cast<Connection*>(event.data.ptr));
                else
                    write(*static_cast<Connection*>(event.data.ptr));
            }
            if (stopped) drain();
            close_expired();
        }
    }

private:
    void listen() {
        posix::check(change(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, &stop_), "cannot watch for the stop");
        if (datagrams_.is_open())
            posix::check(change(EPOLL_CTL_ADD, datagrams_.fd(), EPOLLIN | EPOLLEXCLUSIVE, &datagrams_),
                         "cannot watch for datagrams");
    }

    std::span<const epoll_event> wait() {
        if (acceptor_.wants_accept() != acceptor_.watched) watch(acceptor_);
        const int timeout =
            posix::milliseconds_until(posix::earlier(connections_.next_deadline(), acceptor_.retry_at()));
        const int ready = posix::ready_count(
            ::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), timeout), "epoll_wait");
        ++counters_.waits;
        counters_.ready_events += static_cast<std::uint64_t>(ready);
        return std::span(events_).first(static_cast<std::size_t>(ready));
    }

    void accept() {
        while (auto client = acceptor_.next()) watch(connections_.open(std::move(*client)));
    }

    void read(Connection& connection) {
        connection.read_some();
        write(connection);
    }

    void write(Connection& connection) {
        connection.write_some();
        if (connection.finished())
            close(connection);
        else
            watch(connection);
    }

    void watch(Connection& connection) {
        const Interest interest = connection.interest();
        if (interest == connection.watched) return;
        const std::uint32_t events =
            (includes(interest, Interest::read) ? EPOLLIN : 0u) | (includes(interest, Interest::write) ? EPOLLOUT : 0u);
        const int operation = connection.watched == Interest::none ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        connection.watched = interest;
        if (change(operation, connection.fd(), events, &connection) < 0) {
            connection.failed(errno);
            close(connection);
        }
    }

    void watch(Acceptor& acceptor) {
        acceptor.watched = acceptor.wants_accept();
        if (!acceptor.is_open()) return;
        // What is exclusive cannot be modified (EINVAL): it is added and removed.
        const int operation = acceptor.watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
        if (change(operation, acceptor.fd(), EPOLLIN | EPOLLEXCLUSIVE, &acceptor) < 0) acceptor.not_watched(errno);
    }

    int change(int operation, int fd, std::uint32_t events, void* who) {
        epoll_event event{.events = events, .data = {.ptr = who}};
        return ::epoll_ctl(set_.get(), operation, fd, &event);
    }

    void close(Connection& connection) {
        // The kernel drops it from the set with its last descriptor.
        connections_.close(connection);
        acceptor_.resume();
    }

    void close_expired() {
        while (Connection* late = connections_.next_expired()) close(*late);
        acceptor_.retry_in_time();
    }

    void drain() {
        stop_.clear();
        // Closed alone they would stay in the set, where another loop or process has them open too.
        static_cast<void>(change(EPOLL_CTL_DEL, acceptor_.fd(), 0, nullptr));
        static_cast<void>(change(EPOLL_CTL_DEL, datagrams_.fd(), 0, nullptr));
        // Whom the kernel has told this thread of, no other may know of.
        accept();
        acceptor_.close();
        datagrams_.drain();
        connections_.drain([this](Connection& connection) { write(connection); });
    }

    Acceptor acceptor_;
    Datagrams datagrams_;
    Connections connections_;
    posix::UniqueFd set_{posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll set")};
    std::array<epoll_event, 256> events_;
};

}  // namespace

std::unique_ptr<Server> make_epoll_exclusive(Sockets sockets, const Settings& settings) {
    return std::make_unique<EpollExclusive>(std::move(sockets), settings);
}

}  // namespace iomux::raw
