#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <memory_resource>
#include <vector>

#include "posix/clock.hpp"
#include "protocol/replies.hpp"
#include "server/connection_timeout.hpp"
#include "server/loop_context.hpp"

namespace iomux::asio {

/// Tags the hook with which a connection is linked into `Connections`.
struct InConnections;
using ConnectionsHook = boost::intrusive::list_base_hook<boost::intrusive::tag<InConnections>>;

/// The list of all connections of one service. It does not own them: a connection is owned by the handler or coroutine
/// of its operation in flight.
template <class Connection>
class Connections {
public:
    /// `memory`: as in `server::LoopContext`.
    Connections(const server::Settings& settings, const server::Log& log, server::Counters& counters,
                std::pmr::memory_resource* memory = nullptr)
        : loop_(settings, log, counters, memory) {}

    server::LoopContext& loop() { return loop_; }
    bool empty() const { return all_.empty(); }
    void add(Connection& connection) {
        all_.push_back(connection);
        if (draining()) connection.ask_to_drain();
    }
    void remove(Connection& connection) { all_.erase(all_.iterator_to(connection)); }

    /// Lends replies to a connection, from its read to the last write. A connection that waits for its client has none.
    std::unique_ptr<protocol::Replies> lend_replies();
    void give_back(std::unique_ptr<protocol::Replies> replies);

    /// The server stops: every connection answers what it has received, and then closes.
    void drain();
    /// True from `drain` to the drain timeout.
    bool draining() const { return drain_deadline_.has_value(); }
    /// The earliest time at which a connection expires.
    posix::Deadline next_deadline() const { return posix::earlier(drain_deadline_, loop_.timeouts.next()); }
    /// Ends the connections whose time was up at `now`: their operations complete with an error. The handlers of all
    /// operations that had completed by then have run.
    void expire(posix::Clock::time_point now);

private:
    server::LoopContext loop_;
    boost::intrusive::list<Connection, boost::intrusive::base_hook<ConnectionsHook>> all_;
    std::vector<std::unique_ptr<protocol::Replies>> spare_replies_;
    posix::Deadline drain_deadline_;
};

template <class Connection>
std::unique_ptr<protocol::Replies> Connections<Connection>::lend_replies() {
    if (spare_replies_.empty())
        return std::make_unique<protocol::Replies>(loop_.settings.limits.high_water, loop_.memory);
    std::unique_ptr<protocol::Replies> replies = std::move(spare_replies_.back());
    spare_replies_.pop_back();
    return replies;
}

template <class Connection>
void Connections<Connection>::give_back(std::unique_ptr<protocol::Replies> replies) {
    replies->release();
    spare_replies_.push_back(std::move(replies));
}

template <class Connection>
void Connections<Connection>::drain() {
    drain_deadline_ = posix::Clock::now() + loop_.settings.limits.drain_timeout;
    for (Connection& connection : all_) connection.ask_to_drain();
}

template <class Connection>
void Connections<Connection>::expire(posix::Clock::time_point now) {
    if (drain_deadline_ && now >= *drain_deadline_) {
        for (Connection& connection : all_) connection.ask_to_end();
        drain_deadline_.reset();
    }
    while (const auto* expired = server::ConnectionTimeout::next_expired(loop_.timeouts, now))
        Connection::of(*expired).ask_to_end();
}

}  // namespace iomux::asio
