#pragma once

#include <cstddef>
#include <list>
#include <utility>

#include "posix/clock.hpp"
#include "server/acceptor.hpp"
#include "server/connection.hpp"
#include "server/loop_context.hpp"

namespace iomux::server {

/// Every open connection of one loop, or of loops that share them: owns them, and knows which must be closed by when.
/// A connection stays at its address until it is closed, so that the kernel may be given a pointer to it.
///
/// `Connection_`: Connection, a class derived from it with the state that a mechanism keeps for it, or a class with the
/// same constructor, `of` and `expire`.
template <class Connection_ = Connection>
class Connections {
public:
    /// `timeouts`: those of the loops that serve the connections.
    Connections(const Limits& limits, TimeoutLists& timeouts) : limits_(limits), timeouts_(timeouts) {}

    bool empty() const { return all_.empty(); }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }

    /// `more`: for the constructor of a mechanism's own class.
    template <class... More>
    Connection_& open(AcceptedSocket accepted, LoopContext& loop, More&... more) {
        Member& member = all_.emplace_back(std::move(accepted), loop, more...);
        member.self = std::prev(all_.end());
        return member;
    }
    /// Closes the socket (close(2)) and destroys `connection`.
    void close(Connection_& connection) { all_.erase(static_cast<Member&>(connection).self); }
    void close_all() { all_.clear(); }

    /// The server stops, and the drain timeout begins. `drain` is called with each connection, and may close it.
    template <class Drain>
    void drain(Drain drain) {
        drain_deadline_ = posix::Clock::now() + limits_.drain_timeout;
        for_each(drain);
    }
    /// True from `drain` to the drain timeout.
    bool draining() const { return drain_deadline_.has_value(); }

    /// When to call `expire` next.
    posix::Deadline next_deadline() const { return posix::earlier(drain_deadline_, timeouts_.next()); }
    /// `close` is called with each connection whose time is up, or was at `as_of` (ConnectionTimeout::next_expired).
    template <class Close>
    void expire(Close close, posix::Deadline as_of = {}) {
        const auto end = [&](Connection_& connection) {
            connection.expire();
            close(connection);
        };
        if (drain_deadline_ && posix::Clock::now() >= *drain_deadline_) {
            drain_deadline_.reset();
            for_each(end);
        }
        while (const ConnectionTimeout* timeout = ConnectionTimeout::next_expired(timeouts_, as_of))
            end(static_cast<Connection_&>(Connection_::of(*timeout)));
    }

private:
    struct Member : Connection_ {
        using Connection_::Connection_;
        typename std::list<Member>::iterator self;
    };

    // `visit` may close the connection that it is called with.
    template <class Visit>
    void for_each(Visit visit) {
        for (auto next = all_.begin(); next != all_.end();) visit(*next++);
    }

    const Limits& limits_;
    TimeoutLists& timeouts_;
    std::list<Member> all_;
    posix::Deadline drain_deadline_;
};

}  // namespace iomux::server
