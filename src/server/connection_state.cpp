#include "server/connection_state.hpp"

#include <cerrno>
#include <utility>

#include "cli/printable.hpp"
#include "posix/socket.hpp"

namespace iomux::server {

using protocol::Bytes;
using protocol::Replies;
using protocol::Violation;

ConnectionState::ConnectionState(LoopContext& loop, int fd, void* owner, const PeerName& peer, ConnectionSlot slot)
    : loop_(&loop),
      timeout_(fd, owner),
      slot_(std::move(slot)),
      session_(loop.settings.protocol, loop.memory),
      peer_(peer) {
    ++loop_->counters.accepted;
    if (loop_->log.debugging()) loop_->log.line(LogLevel::debug, "client {} connected", peer_.text());
    if (loop_->timeouts.in_use()) wait_for_message();
}

ConnectionState::~ConnectionState() {
    loop_->timeouts.end(timeout_);
    ++loop_->counters.closed_by(cause());
    if (loop_->log.debugging())
        loop_->log.line(LogLevel::debug, "client {} disconnected: {}", peer_.text(), phrase_of(cause()));
}

void ConnectionState::log_received(Bytes bytes) const {
    constexpr std::size_t longest = 256;
    const std::string_view text = protocol::as_text(bytes);
    loop_->log.line(LogLevel::debug, "client {}: received {} bytes: {}{}", peer_.text(), text.size(),
                    cli::printable(text.substr(0, longest)), text.size() > longest ? "…" : "");
}

// No timeout runs while the client waits for us: another thread may check the clock meanwhile.
void ConnectionState::simulate_work(std::size_t messages) {
    const WaitReason reason = timeout_.reason();
    if (is_timed()) loop_->timeouts.end(timeout_);
    loop_->settings.work.spend(messages);
    if (is_timed()) loop_->timeouts.begin(timeout_, reason);
}

// Bytes were received, and with them the ends of so many messages.
void ConnectionState::restart_timeout(std::size_t messages) {
    // While replies are unsent, only taking them counts.
    if (waits_for(WaitReason::writable)) return;
    // The message timeout does not begin again with each byte.
    const bool own_time = loop_->settings.limits.message_timeout.count() != 0;
    if (own_time && messages == 0 && waits_for(WaitReason::message)) return loop_->timeouts.end_renewal(timeout_);
    wait_for_message();
}

void ConnectionState::wait_for_message() {
    loop_->timeouts.begin(timeout_, session_.amid_message() ? WaitReason::message : WaitReason::idle);
}

void ConnectionState::resume(Replies& replies) {
    const std::size_t messages = session_.resume(replies);
    loop_->counters.messages += messages;
    work_on(messages);
    if (session_.violation() != Violation::none) end_input();
}

// After a protocol violation, or once a drain has received all that it answers.
void ConnectionState::end_input() {
    if (input_ != Input::open) return;
    input_ = Input::over;
    if (session_.violation() == Violation::none) return;
    if (const auto suppressed = loop_->log.protocol_errors().allow())
        loop_->log.line(LogLevel::warning, "client {}: protocol error: message longer than {} bytes{}", peer_.text(),
                        loop_->settings.protocol.max_message, and_more(*suppressed));
}

void ConnectionState::received_end() { input_ = Input::ended; }

void ConnectionState::failed(int error) {
    // Everything was sent: how the client disconnects makes no difference any more.
    if (lingering_) return received_end();
    if (has_failed()) return;
    failure_ = error == ECONNRESET || error == EPIPE ? Failure::reset : Failure::error;
}

void ConnectionState::drain(int fd, std::size_t taken) {
    if (input_ != Input::open) return;
    // A reset from before the stop is why the connection ended, though no call has returned it yet.
    if (const int error = posix::pending_error(fd)) failed(error);
    drain_left_ = taken + posix::bytes_received(fd);
    if (is_drained()) input_ = Input::over;
}

void ConnectionState::linger() {
    // What the client still sends is read and dropped.
    drain_left_ = unlimited;
    lingering_ = true;
    loop_->timeouts.begin(timeout_, WaitReason::end_of_file);
}

void ConnectionState::expire(bool unsent) {
    // Bytes that were received before the stop and are still unread get no reply either.
    const bool unread = input_ == Input::open && drain_left_ != unlimited && drain_left_ > 0;
    if ((unsent || unread) && !timeout_.expired()) failure_ = Failure::drain_timeout;
}

Cause ConnectionState::cause_of_timeout() const {
    const Limits& limits = loop_->settings.limits;
    if (waits_for(WaitReason::message) && limits.message_timeout.count() != 0) return Cause::message_timeout;
    if (waits_for(WaitReason::writable) && limits.write_timeout.count() != 0) return Cause::write_timeout;
    return Cause::idle_timeout;
}

Cause ConnectionState::cause() const {
    if (timeout_.expired() && !lingering_) return cause_of_timeout();
    switch (failure_) {
        case Failure::reset: return Cause::reset;
        case Failure::error: return Cause::error;
        case Failure::drain_timeout: return Cause::drain_timeout;
        case Failure::none: break;
    }
    if (session_.violation() != Violation::none) return Cause::protocol_error;
    // Otherwise only a drain ends a connection's input.
    if (lingering_ || input_ != Input::ended) return Cause::drained;
    return Cause::end_of_file;
}

}  // namespace iomux::server
