#pragma once

#include "connections.hpp"
#include "library.hpp"
#include "server/connection.hpp"
#include "stream.hpp"

namespace iomux::asio {

/// The connection of the raw readiness servers, with Asio to wait for its socket. It reads into the loop's buffer, so
/// it owns none while it waits.
///
/// One wait at a time: for writability while replies are unsent, otherwise for readability.
class ReactorConnection : public server::Connection, public ConnectionsHook {
public:
    /// Adds itself to `connections`, and removes itself when it is destroyed.
    ReactorConnection(Stream socket, Connections<ReactorConnection>& connections, const server::PeerName& name,
                      server::ConnectionSlot slot);
    ~ReactorConnection();

    Descriptor& socket() { return waited_; }

    /// The connection that has this timeout.
    static ReactorConnection& of(const server::ConnectionTimeout& timeout) {
        return static_cast<ReactorConnection&>(Connection::of(timeout));
    }

    /// The server stops: what has been received is answered, and nothing else. Cancels the wait.
    void ask_to_drain();
    /// Time is up: nothing more is read or sent. Cancels the wait.
    void ask_to_end();

private:
    void wake();

    Connections<ReactorConnection>& connections_;
    Descriptor waited_;  // the socket, owned by server::Connection
};

}  // namespace iomux::asio
