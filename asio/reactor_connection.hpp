#pragma once

#include "connections.hpp"
#include "library.hpp"
#include "server/connection.hpp"
#include "stream.hpp"

namespace iomux::asio {

/// A connection as the raw servers of readiness have it, and Asio to wait for its socket: the buffer it reads into is
/// the loop's, so that it owns none while it waits.
///
/// One wait at a time: for room, while replies are unsent; otherwise for more to read.
class ReactorConnection : public server::Connection, public ConnectionsHook {
public:
    /// Joins `connections`, and leaves them when it is destroyed.
    ReactorConnection(Stream socket, Connections<ReactorConnection>& connections, const server::PeerName& name,
                      server::ConnectionSlot slot);
    ~ReactorConnection();

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

    Connections<ReactorConnection>& connections_;
    Descriptor waited_;  // the connection owns the socket
    bool asked_to_drain_ = false;
    bool expired_ = false;
};

}  // namespace iomux::asio
