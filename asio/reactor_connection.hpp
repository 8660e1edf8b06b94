#pragma once

#include "connections.hpp"
#include "library.hpp"
#include "server/connection.hpp"
#include "stream.hpp"

namespace iomux::asio {

/// A connection as the raw readiness servers have it, and Asio to wait for its socket. It reads into the loop's buffer,
/// so it owns none while it waits.
///
/// One wait at a time: until writable while replies are unsent, otherwise until readable.
class ReactorConnection : public server::Connection, public ConnectionsHook {
public:
    /// Joins `connections`, and leaves them when it is destroyed.
    ReactorConnection(Stream socket, Connections<ReactorConnection>& connections, const server::PeerName& name,
                      server::ConnectionSlot slot);
    ~ReactorConnection();

    Descriptor& socket() { return waited_; }

    /// The connection of an entry in the loop's timeout lists.
    static ReactorConnection& of(const server::TimeoutEntry& entry) {
        return static_cast<ReactorConnection&>(Connection::of(entry));
    }

    /// The server stops: what has been received is answered, and nothing else. Ends the wait.
    void ask_to_drain();
    /// Time is up. Ends the wait.
    void ask_to_end();

private:
    void wake();

    Connections<ReactorConnection>& connections_;
    Descriptor waited_;  // the socket, which server::Connection owns
};

}  // namespace iomux::asio
