#pragma once

#include "library.hpp"
#include "peers.hpp"
#include "server/connection.hpp"
#include "stream.hpp"

namespace iomux::asio {

/// A connection as the raw servers of readiness have it, and Asio to wait for its socket: the buffer it reads into is
/// the loop's, so that it owns none while it waits.
///
/// One wait at a time: for room, while replies are unsent; otherwise for more to read.
class ReadyPeer : public server::Connection, public PeersHook {
public:
    /// Joins `peers`, and leaves them when it is destroyed.
    ReadyPeer(Stream socket, Peers<ReadyPeer>& peers, const server::PeerName& name, server::Seat seat);
    ~ReadyPeer();

    Descriptor& socket() { return waited_; }

    /// What was asked from outside, then one send(2), if there is something to be sent.
    void write_some();
    /// To be destroyed, as of the last `write_some`.
    bool finished() const { return expired_ || Connection::finished(); }

    /// The server stops: what has been received is answered, and no more. Ends the wait.
    void ask_to_drain();
    /// Time is up. Ends the wait.
    void expire();

private:
    void end_wait();

    Peers<ReadyPeer>& peers_;
    Descriptor waited_;  // the connection owns the socket
    bool asked_to_drain_ = false;
    bool expired_ = false;
};

}  // namespace iomux::asio
