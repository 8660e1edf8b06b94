#include "server/connections.hpp"

#include <utility>

namespace iomux::server {

Connection& Connections::open(AcceptedSocket client) {
    Member& member = all_.emplace_back(std::move(client), loop_);
    member.self = std::prev(all_.end());
    return member;
}

void Connections::close(Connection& connection) { all_.erase(static_cast<Member&>(connection).self); }

Connection* Connections::next_expired() {
    Connection* expired = nullptr;
    if (drain_deadline_ && !all_.empty() && posix::Clock::now() >= *drain_deadline_)
        expired = &all_.front();
    else
        expired = static_cast<Connection*>(loop_.deadlines.expired());
    if (expired != nullptr) expired->expire();
    return expired;
}

}  // namespace iomux::server
