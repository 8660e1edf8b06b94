#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>

#include "peer.hpp"

namespace iomux::asio {

/// Every connection of one io_context. It knows them, and owns none: whoever has an operation in flight has the peer.
class Peers {
public:
    Peers(const server::Settings& settings, const server::Log& log, server::Counters& counters)
        : loop_(settings, log, counters) {}

    server::Loop& loop() { return loop_; }
    std::size_t size() const { return all_.size(); }
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
    boost::intrusive::list<Peer,
                           boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<Peers>>>>
        all_;
    posix::Deadline drain_deadline_;
};

}  // namespace iomux::asio
