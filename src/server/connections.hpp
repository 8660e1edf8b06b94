#pragma once

#include <cstddef>
#include <list>

#include "posix/clock.hpp"
#include "server/acceptor.hpp"
#include "server/connection.hpp"
#include "server/loop_context.hpp"

namespace iomux::server {

/// Every open connection of one loop: owns them, and knows who must be closed by when.
/// A connection stays where it is in memory until it is closed, so the kernel may be given its address.
class Connections {
public:
    Connections(const Settings& settings, const Log& log, Counters& counters) : loop_(settings, log, counters) {}

    std::size_t size() const { return all_.size(); }
    bool empty() const { return all_.empty(); }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }

    Connection& open(AcceptedSocket client);
    /// Closes the socket and destroys `connection`.
    void close(Connection& connection);

    /// The server stops: every connection answers what it has received by now, and ends. `visit` is called with
    /// each, and may close it.
    template <class Visit>
    void drain(Visit visit);

    /// When `next_expired` has somebody next.
    posix::Deadline next_deadline() const { return posix::earlier(drain_deadline_, loop_.deadlines.next()); }
    /// A connection whose time is up, to be closed; or null.
    Connection* next_expired();

private:
    struct Member : Connection {
        using Connection::Connection;
        std::list<Member>::iterator self;
    };

    LoopContext loop_;
    std::list<Member> all_;
    posix::Deadline drain_deadline_;
};

template <class Visit>
void Connections::drain(Visit visit) {
    if (drain_deadline_) return;
    drain_deadline_ = posix::Clock::now() + loop_.settings.limits.drain_timeout;
    for (auto next = all_.begin(); next != all_.end();) {
        Connection& connection = *next++;
        connection.drain();
        visit(connection);
    }
}

}  // namespace iomux::server
