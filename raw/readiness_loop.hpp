#pragma once

#include <cerrno>

#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"
#include "server/server.hpp"
#include "server/sockets.hpp"

namespace iomux::raw {

/// What all loops over non-blocking sockets do alike, however they learn which is ready: stop, drain, timeouts, pauses
/// of accepting, datagrams, counters. The twin of asio::Service.
///
/// A mechanism listens in its constructor, and says how it waits, accepts, reads, writes, watches and closes.
///
/// `Connection`: server::Connection, or one with the state that a mechanism keeps for it.
template <class Connection = server::Connection>
class ReadinessLoop : public server::Server {
public:
    ReadinessLoop(server::Sockets sockets, const server::Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          loop_(settings_, log_, counters_),
          connections_(settings_.limits, loop_.timeouts) {}

    void run() final {
        while (acceptor_.is_open() || !connections_.empty()) {
            if (acceptor_.wants_accept() != listener_watched_) update_listener();
            wait();
            if (stop_requested_) stop_serving();
            connections_.expire([this](Connection& connection) { close(connection); });
            acceptor_.policy().retry_in_time();
        }
    }

protected:
    /// Waits once, and serves what is ready: connections, `acceptor_` and `datagrams_`. If `stop_` is, sets
    /// `stop_requested_`.
    virtual void wait() = 0;
    /// The listener, which is open, is to be in the interest set from now on, or not to be in it.
    virtual void watch_listener(bool /*wanted*/) {}
    /// Removes the listener or the socket for datagrams, which is about to be closed, from the interest set. May accept
    /// once more.
    virtual void unwatch(int /*fd*/) {}
    virtual void write(Connection& connection) = 0;
    virtual void close(Connection& connection) = 0;
    /// The server stops, and this connection is still open.
    virtual void drain(Connection& connection) { write(connection); }

    /// How long to wait: until the next timeout, of a connection or of a pause of accepting.
    posix::Deadline next_deadline() {
        return posix::earlier(connections_.next_deadline(), acceptor_.policy().retry_at());
    }
    /// The same for poll(2) and epoll_wait(2).
    int timeout_ms() { return posix::milliseconds_until(next_deadline()); }

    /// `result` and errno are those of a wait (`call`). Returns how many sockets it reported, and counts them. A wait
    /// that a signal interrupted has reported none.
    std::size_t reported(int result, const char* call) {
        const auto ready = static_cast<std::size_t>(posix::ready_count(result, call));
        ++counters_.waits;
        counters_.ready_events += ready;
        return ready;
    }

    /// The kernel did not take the listener into the interest set (errno): as if accept had failed with that error.
    void listener_not_watched() {
        listener_watched_ = false;
        static_cast<void>(acceptor_.policy().retries_after(errno));
    }
    /// The kernel did not take the connection into the interest set (errno).
    void not_watched(Connection& connection) {
        connection.failed(errno);
        close(connection);
    }

    Connection& open(server::AcceptedSocket accepted) { return connections_.open(std::move(accepted), loop_); }
    /// Closes its socket, and accepts again if descriptors had run out.
    void release(Connection& connection) {
        connections_.close(connection);
        acceptor_.resume();
    }

    server::Acceptor acceptor_;
    server::Datagrams datagrams_;
    server::LoopContext loop_;
    server::Connections<Connection> connections_;
    bool stop_requested_ = false;

private:
    void update_listener() {
        listener_watched_ = acceptor_.wants_accept();
        if (acceptor_.is_open()) watch_listener(listener_watched_);
    }

    void stop_serving() {
        stop_requested_ = false;
        stop_.clear();
        if (!acceptor_.is_open()) return;
        unwatch(acceptor_.fd());
        if (datagrams_.is_open()) unwatch(datagrams_.fd());
        acceptor_.close();
        datagrams_.drain();
        connections_.drain([this](Connection& connection) {
            connection.drain();
            drain(connection);
        });
    }

    bool listener_watched_ = false;
};

}  // namespace iomux::raw
