#pragma once

#include <cstddef>
#include <list>
#include <utility>

#include "posix/clock.hpp"
#include "server/acceptor.hpp"
#include "server/connection.hpp"
#include "server/loop_context.hpp"

namespace iomux::server {

/// Every open connection of one loop: owns them, and knows which must be closed by when.
/// A connection stays at its address until it is closed, so that the kernel may be given a pointer to it.
///
/// `Connection_`: a Connection, or one with the state that a mechanism keeps for it.
template <class Connection_ = Connection>
class Connections {
public:
    Connections(const Settings& settings, const Log& log, Counters& counters) : loop_(settings, log, counters) {}

    bool empty() const { return all_.empty(); }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }

    Connection_& open(AcceptedSocket accepted) {
        Member& member = all_.emplace_back(std::move(accepted), loop_);
        member.self = std::prev(all_.end());
        return member;
    }
    /// Closes the socket (close(2)) and destroys `connection`.
    void close(Connection_& connection) { all_.erase(static_cast<Member&>(connection).self); }

    /// The server stops: each connection answers what it has received by now, and ends. `visit` is called with each,
    /// and may close it.
    template <class Visit>
    void drain(Visit visit) {
        drain_deadline_ = posix::Clock::now() + loop_.settings.limits.drain_timeout;
        for (auto next = all_.begin(); next != all_.end();) {
            Connection_& connection = *next++;
            connection.drain();
            visit(connection);
        }
    }

    /// When to call `next_expired` next.
    posix::Deadline next_deadline() const { return posix::earlier(drain_deadline_, loop_.timeouts.next()); }
    /// A connection whose time is up, to be closed; or null.
    Connection_* next_expired() {
        Connection_* expired = nullptr;
        if (drain_deadline_ && !all_.empty() && posix::Clock::now() >= *drain_deadline_)
            expired = &all_.front();
        else if (const ConnectionTimeout* timeout = ConnectionTimeout::next_expired(loop_.timeouts))
            expired = static_cast<Connection_*>(&Connection::of(*timeout));
        if (expired != nullptr) expired->expire();
        return expired;
    }

private:
    struct Member : Connection_ {
        using Connection_::Connection_;
        typename std::list<Member>::iterator self;
    };

    LoopContext loop_;
    std::list<Member> all_;
    posix::Deadline drain_deadline_;
};

}  // namespace iomux::server
