#include "server/acceptor.hpp"

#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "posix/endpoint.hpp"
#include "posix/error.hpp"
#include "server/accept_policy.hpp"

namespace iomux::server {

ConnectionSlot AcceptPolicy::slot() {
    ConnectionSlot slot(*limit_);
    if (!slot) refused("all --max-connections are taken");
    return slot;
}

void AcceptPolicy::refused(std::string_view why) {
    ++counters_.refused;
    if (const auto suppressed = refusal_lines_.allow())
        log_.line(LogLevel::warning, "a client is refused: {}{}", why, and_more(*suppressed));
}

AcceptPolicy::Next AcceptPolicy::after_error(int error) {
    switch (answer_to(error)) {
        case AcceptAnswer::none: ++counters_.would_block; return Next::stop;
        case AcceptAnswer::retry: return Next::again;
        case AcceptAnswer::fail: posix::throw_errno("cannot accept", error);
        case AcceptAnswer::pause: break;
    }
    const auto now = posix::Clock::now();
    retry_at_ = now + settings_.limits.accept_pause;
    ++counters_.accept_pauses;
    if (const auto suppressed = pause_lines_.allow(now))
        log_.line(LogLevel::warning, "accepting rests: {}{}", std::strerror(error), and_more(*suppressed));
    return Next::stop;
}

void AcceptPolicy::retry_in_time() {
    if (retry_at_ && posix::Clock::now() >= *retry_at_) resume();
}

std::optional<AcceptedSocket> Acceptor::next() {
    while (wants_accept() && left_this_turn_ > 0) {
        --left_this_turn_;
        posix::Endpoint peer;
        posix::UniqueFd socket(
            ::accept4(listener_.get(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            if (policy_.after_error(errno) == AcceptPolicy::Next::stop) break;
            continue;
        }
        if (ConnectionSlot slot = policy_.slot())
            return AcceptedSocket{std::move(socket), PeerName(peer.data()), std::move(slot)};
    }
    left_this_turn_ = settings_.limits.accepts_a_turn;
    return std::nullopt;
}

void Acceptor::refuse(AcceptedSocket client, std::string_view why) {
    policy_.refused(why);
    client.socket.reset();
}

}  // namespace iomux::server
