#include "server/acceptor.hpp"

#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "posix/endpoint.hpp"
#include "posix/error.hpp"
#include "server/accept_policy.hpp"

namespace iomux::server {

Seat AcceptRules::seat() {
    Seat seat(*seats_);
    if (!seat) refused("all --max-connections are taken");
    return seat;
}

void AcceptRules::refused(std::string_view why) {
    ++counters_.refused;
    if (const auto held_back = refusal_lines_.let_through())
        log_.line(LogLevel::warning, "a client is refused: {}{}", why, and_more(*held_back));
}

AcceptRules::Next AcceptRules::after_error(int error) {
    switch (answer_to(error)) {
        case AcceptAnswer::none: ++counters_.would_block; return Next::stop;
        case AcceptAnswer::retry: return Next::again;
        case AcceptAnswer::fail: posix::throw_errno("cannot accept", error);
        case AcceptAnswer::pause: break;
    }
    const auto now = posix::Clock::now();
    retry_at_ = now + settings_.limits.accept_pause;
    ++counters_.accept_pauses;
    if (const auto held_back = pause_lines_.let_through(now))
        log_.line(LogLevel::warning, "accepting rests: {}{}", std::strerror(error), and_more(*held_back));
    return Next::stop;
}

void AcceptRules::retry_in_time() {
    if (retry_at_ && posix::Clock::now() >= *retry_at_) resume();
}

std::optional<Client> Acceptor::next() {
    while (wants_accept() && left_this_turn_ > 0) {
        --left_this_turn_;
        posix::Endpoint peer;
        posix::UniqueFd socket(
            ::accept4(listener_.get(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            if (rules_.after_error(errno) == AcceptRules::Next::stop) break;
            continue;
        }
        if (Seat seat = rules_.seat()) return Client{std::move(socket), PeerName(peer.data()), std::move(seat)};
    }
    left_this_turn_ = settings_.limits.accepts_a_turn;
    return std::nullopt;
}

void Acceptor::refuse(Client client, std::string_view why) {
    rules_.refused(why);
    client.socket.reset();
}

}  // namespace iomux::server
