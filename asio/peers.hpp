#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>

#include "posix/clock.hpp"
#include "server/loop.hpp"

namespace iomux::asio {

/// By which a peer is in the list of its kind.
struct InPeers;
using PeersHook = boost::intrusive::list_base_hook<boost::intrusive::tag<InPeers>>;

/// Every connection of one io_context. It knows them, and owns none: whoever has an operation in flight has the peer.
template <class Peer>
class Peers {
public:
    Peers(const server::Settings& settings, const server::Log& log, server::Counters& counters)
        : loop_(settings, log, counters) {}

    server::Loop& loop() { return loop_; }
    bool empty() const { return all_.empty(); }
    void add(Peer& peer) { all_.push_back(peer); }
    void remove(Peer& peer) { all_.erase(all_.iterator_to(peer)); }

    /// The server stops: every peer answers what it has received, and ends.
    void drain();
    /// When somebody's time is up next.
    posix::Deadline next_deadline() const { return posix::earlier(drain_deadline_, loop_.deadlines.next()); }
    /// Ends those whose time is up: their operations complete with an error.
    void expire();

private:
    server::Loop loop_;
    boost::intrusive::list<Peer, boost::intrusive::base_hook<PeersHook>> all_;
    posix::Deadline drain_deadline_;
};

template <class Peer>
void Peers<Peer>::drain() {
    drain_deadline_ = posix::Clock::now() + loop_.settings.limits.drain_timeout;
    for (Peer& peer : all_) peer.ask_to_drain();
}

template <class Peer>
void Peers<Peer>::expire() {
    if (drain_deadline_ && posix::Clock::now() >= *drain_deadline_) {
        for (Peer& peer : all_) peer.expire();
        drain_deadline_.reset();
    }
    while (server::Timed* late = loop_.deadlines.expired()) {
        late->unlink();
        static_cast<Peer*>(late)->expire();
    }
}

}  // namespace iomux::asio
