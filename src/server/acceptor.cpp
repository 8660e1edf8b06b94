#include "server/acceptor.hpp"

#include <cerrno>
#include <utility>

namespace iomux::server {

Acceptor::Acceptor(posix::UniqueFd listener, std::shared_ptr<ConnectionLimit> limit, const Settings& settings,
                   const Log& log, Counters& counters)
    : listener_(std::move(listener)),
      policy_(std::move(limit), settings, log, counters),
      limits_(settings.limits),
      handed_over_(settings.handed_over),
      left_this_turn_(limits_.accepts_per_turn) {}

bool Acceptor::accepts_more() {
    if (wants_accept() && left_this_turn_ > 0) {
        --left_this_turn_;
        return true;
    }
    left_this_turn_ = limits_.accepts_per_turn;
    return false;
}

std::optional<AcceptedSocket> Acceptor::accepted(int result, const posix::Endpoint& peer) {
    posix::UniqueFd socket(result);
    if (!socket) {
        if (!policy_.retries_after(errno)) left_this_turn_ = 0;
        return std::nullopt;
    }
    ConnectionSlot slot = policy_.slot();
    if (!slot) return std::nullopt;
    return AcceptedSocket{std::move(socket), PeerName(peer.data()), std::move(slot)};
}

void Acceptor::refuse(AcceptedSocket accepted, std::string_view why) {
    policy_.refused(why);
    accepted.socket.reset();
}

void Acceptor::close() {
    // Other loops that share the socket stop accepting too. But connections in the backlog of a socket that was handed
    // over are left for the next process.
    if (is_open() && !handed_over_) ::shutdown(listener_.get(), SHUT_RDWR);
    listener_.reset();
    policy_.resume();
}

}  // namespace iomux::server
