// epoll(7), edge-triggered: the kernel keeps the interest set and tells of each change once (EPOLLET). So the set is
// told of a connection once, both ways, and never again; and every socket is taken from until it would block, within a
// turn's budget, since nobody reminds us of what is left. No ceiling but RLIMIT_NOFILE.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <span>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class EpollEdge final : public Server {
public:
    EpollEdge(Sockets sockets, const Settings& settings)
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
                else
                    take(*static_cast<Connection*>(event.data.ptr), event.events);
            }
            if (stopped) drain();
            close_expired();
        }
    }

private:
    static constexpr std::uint32_t both_edges = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    void listen() {
        posix::check(change(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, &stop_), "cannot watch for the stop");
        // Level-triggered: an edge lost to the accept budget or to a lack of descriptors would strand the backlog.
        posix::check(change(EPOLL_CTL_ADD, acceptor_.fd(), 0, &acceptor_), "cannot watch the listener");
        if (datagrams_.is_open())
            posix::check(change(EPOLL_CTL_ADD, datagrams_.fd(), EPOLLIN, &datagrams_), "cannot watch for datagrams");
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

    void take(Connection& connection, std::uint32_t events) {
        budget_ = settings_.limits.turn_budget;
        if (connection.wants_write()) write(connection);
        if (events & EPOLLIN) read(connection, events);
        if (connection.finished())
            close(connection);
        else if (budget_ == 0)
            remind(connection);
    }

    void read(Connection& connection, std::uint32_t events) {
        // What this event tells of beside data lies behind it, and will not be told again: an end of file, an error, or
        // the mark of urgent data, at which a receive stops short (tcp(7)).
        const bool more_follows = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI);
        while (connection.wants_read() && budget_ > 0) {
            const Progress got = connection.read_some();
            spend(got.made);
            write(connection);
            if (got.would_block && !(more_follows && got.made > 0)) break;
        }
    }

    void write(Connection& connection) {
        Progress sent;
        do {
            sent = connection.write_some();
            spend(sent.made);
        } while (connection.wants_write() && !sent.would_block && budget_ > 0);
    }

    void spend(std::size_t bytes) { budget_ -= std::min(bytes, budget_); }

    void watch(Connection& connection) {
        if (change(EPOLL_CTL_ADD, connection.fd(), both_edges, &connection) < 0) {
            connection.failed(errno);
            close(connection);
        }
    }

    // To set the same interest again makes the kernel look again, and tell again of what is ready.
    void remind(Connection& connection) {
        if (change(EPOLL_CTL_MOD, connection.fd(), both_edges, &connection) < 0) {
            connection.failed(errno);
            close(connection);
        }
    }

    void watch(Acceptor& acceptor) {
        acceptor.watched = acceptor.wants_accept();
        if (!acceptor.is_open()) return;
        const std::uint32_t events = acceptor.watched ? EPOLLIN : 0u;
        posix::check(change(EPOLL_CTL_MOD, acceptor.fd(), events, &acceptor), "cannot watch the listener");
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
        acceptor_.close();
        datagrams_.drain();
        connections_.drain([this](Connection& connection) {
            write(connection);
            take(connection, EPOLLIN);
        });
    }

    Acceptor acceptor_;
    Datagrams datagrams_;
    Connections connections_;
    posix::UniqueFd set_{posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll set")};
    std::array<epoll_event, 256> events_;
    std::size_t budget_ = 0;  // bytes that the connection at hand may still move this turn
};

}  // namespace

std::unique_ptr<Server> make_epoll_edge(Sockets sockets, const Settings& settings) {
    return std::make_unique<EpollEdge>(std::move(sockets), settings);
}

}  // namespace iomux::raw
