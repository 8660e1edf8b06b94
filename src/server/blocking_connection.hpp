#pragma once

#include "server/connection.hpp"
#include "server/sleepers.hpp"

namespace iomux::server {

/// A connection whose thread sleeps in its calls: recv(2) until something has come, send(2) until all has been taken.
/// Near the end it is told from others: who lingers, and who drains, has so much time and no more.
class BlockingConnection : public Connection {
public:
    /// `loop` is the thread's own.
    BlockingConnection(Client client, Loop& loop, Sleepers& sleepers);

    /// Whether to go on. In service it does not wait: the next call does. At the end it sleeps in poll(2) until the
    /// socket is ready, and is false when time is up.
    bool goes_on();

private:
    Sleepers& sleepers_;
    Sleepers::Sleeper sleeper_;
    bool draining_ = false;
};

}  // namespace iomux::server
