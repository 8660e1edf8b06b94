#include "peers.hpp"

namespace iomux::asio {

void Peers::drain() {
    drain_deadline_ = posix::Clock::now() + loop_.settings.limits.drain_timeout;
    for (Peer& peer : all_) peer.ask_to_drain();
}

void Peers::expire() {
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
