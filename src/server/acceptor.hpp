#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string_view>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"
#include "server/accept_policy.hpp"
#include "server/peer_name.hpp"

namespace iomux::server {

/// A connection that was just accepted: close-on-exec, TCP_NODELAY.
struct AcceptedSocket {
    posix::UniqueFd socket;
    PeerName name;
    ConnectionSlot slot;
};

/// A listening socket and the policy for accepting from it, for the servers that call accept4(2) themselves:
///
///     while (acceptor.accepts_more()) {
///         posix::Endpoint peer;
///         const int fd = ::accept4(acceptor.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
///         if (auto accepted = acceptor.accepted(fd, peer)) …
///     }
class Acceptor {
public:
    Acceptor(posix::UniqueFd listener, std::shared_ptr<ConnectionLimit> limit, const Settings& settings, const Log& log,
             Counters& counters);

    int fd() const { return listener_.get(); }
    bool is_open() const { return static_cast<bool>(listener_); }
    /// False while descriptors have run out, and once closed.
    bool wants_accept() const { return is_open() && !policy_.paused(); }

    /// Whether to call accept4(2) again this turn. False at the end of the turn: the backlog is empty, the turn's share
    /// is accepted (the listener stays readable), or accepting has paused.
    bool accepts_more();
    /// `result` and errno are those of accept4(2). Empty: there is no connection to serve.
    std::optional<AcceptedSocket> accepted(int result, const posix::Endpoint& peer);
    /// Closes a connection that this mechanism cannot serve.
    void refuse(AcceptedSocket accepted, std::string_view why);

    /// A connection was closed, so a descriptor is free.
    void resume() { policy_.resume(); }
    AcceptPolicy& policy() { return policy_; }

    void close();

private:
    posix::UniqueFd listener_;
    AcceptPolicy policy_;
    const Limits& limits_;
    const bool handed_over_;
    int left_this_turn_;
};

}  // namespace iomux::server
