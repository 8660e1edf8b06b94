#include "server/connection_state.hpp"

#include <cerrno>
#include <utility>

#include "cli/printable.hpp"
#include "posix/socket.hpp"

namespace iomux::server {

using protocol::Bytes;
using protocol::Replies;
using protocol::Violation;

ConnectionState::ConnectionState(LoopContext& loop, int fd, const PeerName& peer, ConnectionSlot slot)
    : TimeoutEntry(fd),
      loop_(&loop),
      slot_(std::move(slot)),
      session_(loop.settings.dialect, loop.memory),
      peer_(peer) {
    ++loop_->counters.accepted;
    if (loop_->log.debugging()) loop_->log.line(LogLevel::debug, "client {} has come", peer_.text());
    if (loop_->deadlines.in_use()) wait_for_message();
}

ConnectionState::~ConnectionState() {
    loop_->deadlines.end(*this);
    ++loop_->counters.closed_by(cause());
    if (loop_->log.debugging())
        loop_->log.line(LogLevel::debug, "client {} has gone: {}", peer_.text(), phrase_of(cause()));
}

void ConnectionState::log_received(Bytes bytes) const {
    constexpr std::size_t longest = 256;
    const std::string_view text = protocol::as_text(bytes);
    loop_->log.line(LogLevel::debug, "client {}: received {} bytes: {}{}", peer_.text(), text.size(),
                    cli::printable(text.substr(0, longest)), text.size() > longest ? "…" : "");
}

// The client waits for us meanwhile, and another thread may look at the clock: its time goes on, anew, after it.
void ConnectionState::work_on(std::size_t messages) {
    const WaitReason interrupted = wait();
    if (is_timed()) loop_->deadlines.end(*this);
    loop_->settings.work.spend(messages);
    if (is_timed()) loop_->deadlines.begin(*this, interrupted);
}

// Bytes have come, and with them the ends of so many messages.
void ConnectionState::heard(std::size_t messages) {
    // Replies are unsent: what the client says then is no reason to keep it.
    if (waits_for(WaitReason::writable)) return;
    // A message's own time does not begin again with each byte of it.
    const bool own_time = loop_->settings.limits.message_timeout.count() != 0;
    if (own_time && messages == 0 && waits_for(WaitReason::message)) return loop_->deadlines.heard_more(*this);
    wait_for_message();
}

void ConnectionState::wait_for_message() {
    loop_->deadlines.begin(*this, session_.amid_message() ? WaitReason::message : WaitReason::idle);
}

void ConnectionState::resume(Replies& replies) {
    const std::size_t messages = session_.resume(replies);
    loop_->counters.messages += messages;
    handle(messages);
    if (session_.violation() != Violation::none) end_input();
}

// A violation, or all has been received that a drain leaves.
void ConnectionState::end_input() {
    if (input_ != Input::open) return;
    input_ = Input::over;
    if (session_.violation() == Violation::none) return;
    if (const auto suppressed = loop_->log.protocol_errors().allow())
        loop_->log.line(LogLevel::warning, "client {}: a message is longer than {} bytes{}", peer_.text(),
                        loop_->settings.dialect.max_message, and_more(*suppressed));
}

void ConnectionState::received_end() { input_ = Input::ended; }

void ConnectionState::failed(int error) {
    // All was said: how the client goes makes no difference any more.
    if (lingering_) return received_end();
    if (has_failed()) return;
    failure_ = error == ECONNRESET || error == EPIPE ? Failure::reset : Failure::error;
}

void ConnectionState::drain(int fd, std::size_t taken) {
    if (input_ != Input::open) return;
    // A reset that has come before the stop is how the client went, though nobody has read it yet.
    if (const int error = posix::pending_error(fd)) failed(error);
    drain_left_ = taken + posix::bytes_received(fd);
    if (is_drained()) input_ = Input::over;
}

void ConnectionState::linger() {
    // What the client still sends is dropped, however much it is.
    drain_left_ = unlimited;
    lingering_ = true;
    loop_->deadlines.begin(*this, WaitReason::end_of_file);
}

void ConnectionState::expire(bool unsent) {
    // What was received before the stop and not read yet is not answered either.
    const bool unread = input_ == Input::open && drain_left_ != unlimited && drain_left_ > 0;
    if ((unsent || unread) && !is_late()) failure_ = Failure::drain_timeout;
}

Cause ConnectionState::cause_of_lateness() const {
    const Limits& limits = loop_->settings.limits;
    if (waits_for(WaitReason::message) && limits.message_timeout.count() != 0) return Cause::message_timeout;
    if (waits_for(WaitReason::writable) && limits.write_timeout.count() != 0) return Cause::write_timeout;
    return Cause::idle_timeout;
}

Cause ConnectionState::cause() const {
    if (is_late() && !lingering_) return cause_of_lateness();
    switch (failure_) {
        case Failure::reset: return Cause::reset;
        case Failure::error: return Cause::error;
        case Failure::drain_timeout: return Cause::drain_timeout;
        case Failure::none: break;
    }
    if (session_.violation() != Violation::none) return Cause::protocol_error;
    // Only a drain takes a connection's input away otherwise.
    if (lingering_ || input_ != Input::ended) return Cause::drained;
    return Cause::end_of_file;
}

}  // namespace iomux::server
