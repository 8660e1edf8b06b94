#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "protocol/session.hpp"
#include "server/connection_limit.hpp"
#include "server/connection_timeout.hpp"
#include "server/loop_context.hpp"
#include "server/peer_name.hpp"

namespace iomux::server {

/// The state machine of one connection, from accept to close, whatever moves its bytes.
///
///     open ── end of file from the client ─→ ended ── every reply sent ─→ finished
///       └── protocol violation, or drained ─→ over ── every reply sent ─→ lingering ── end of file, or timeout ─→
///       finished
///
/// An error finishes it from any state, and so does a timeout (ConnectionTimeout). It counts itself in the loop's
/// counters and writes the debug log: connected, received, disconnected.
class ConnectionState {
public:
    /// `fd` is the connection's socket. `owner` is the connection that has this state: see ConnectionTimeout.
    ConnectionState(LoopContext& loop, int fd, void* owner, const PeerName& peer, ConnectionSlot slot);
    ~ConnectionState();
    ConnectionState(const ConnectionState&) = delete;
    ConnectionState& operator=(const ConnectionState&) = delete;

    LoopContext& loop() const { return *loop_; }
    /// From now on `loop` serves it: for servers whose connections move between threads.
    void move_to(LoopContext& loop) { loop_ = &loop; }

    /// The client's next bytes. Adds the replies to them.
    void received(protocol::Bytes bytes, protocol::Replies& replies) {
        loop_->counters.bytes_received += bytes.size();
        if (loop_->log.debugging()) log_received(bytes);
        if (input_ != Input::open) return;
        if (drain_left_ != unlimited) drain_left_ -= std::min(drain_left_, bytes.size());
        const std::size_t messages = session_.receive(bytes, replies);
        loop_->counters.messages += messages;
        if (messages > 0) {
            has_asked_ = true;
            work_on(messages);
        }
        if (is_timed()) restart_timeout(messages);
        if (session_.violation() != protocol::Violation::none || is_drained()) end_input();
    }
    /// The client's end of file.
    void received_end();
    /// A system call on the connection failed with this errno.
    void failed(int error);
    /// Whole messages may wait for `resume`, because the replies were full.
    bool holding() const { return session_.holding(); }
    void resume(protocol::Replies& replies);

    bool input_open() const { return input_ == Input::open; }
    /// No more messages are taken, though the client may continue to send: send the replies, then linger.
    bool input_over() const { return input_ == Input::over; }
    bool input_ended() const { return input_ == Input::ended; }
    bool takes_messages() const { return input_open() && !holding(); }
    bool lingering() const { return lingering_; }
    bool has_failed() const { return failure_ != Failure::none; }

    /// How many bytes to receive at most, if there is room for `size`.
    std::size_t receivable(std::size_t size) const {
        return size < drain_left_ || is_due_an_answer() ? size : drain_left_;
    }

    /// The server stops: `taken` bytes from before and what its socket has received by now are answered, and nothing
    /// else. If the listener was handed over (`Settings::handed_over`), a client that has sent no message yet is served
    /// until its first message, because it would have waited for the next process otherwise.
    void drain(int fd, std::size_t taken = 0);
    /// Everything is sent and our side is shut down: wait for the client's end of file, within `Limits::linger`.
    void linger();
    /// Time is up: a timeout of the client's, or the drain timeout. `unsent`: some replies are.
    void expire(bool unsent);

    bool waits_for(WaitReason reason) const { return timeout_.reason() == reason; }
    /// Some replies are unsent. The write timeout begins, again if the client has just `taken` some bytes.
    void wait_until_writable(std::size_t taken) {
        if (is_timed() && (taken > 0 || !waits_for(WaitReason::writable)))
            loop_->timeouts.begin(timeout_, WaitReason::writable);
    }
    /// No replies are unsent.
    void wait_for_client() {
        if (waits_for(WaitReason::writable)) wait_for_message();
    }

private:
    enum class Input : std::uint8_t { open, over, ended };
    enum class Failure : std::uint8_t { none, reset, error, drain_timeout };
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    bool is_due_an_answer() const { return !has_asked_ && loop_->settings.handed_over; }
    bool is_drained() const { return drain_left_ == 0 && !is_due_an_answer(); }
    /// The client's time is limited.
    bool is_timed() const { return !waits_for(WaitReason::none); }
    void work_on(std::size_t messages) {
        if (loop_->settings.work.takes_time()) simulate_work(messages);
    }
    void simulate_work(std::size_t messages);
    void restart_timeout(std::size_t messages);
    void wait_for_message();
    void end_input();
    void log_received(protocol::Bytes bytes) const;
    Cause cause() const;
    Cause cause_of_timeout() const;

    LoopContext* loop_;
    ConnectionTimeout timeout_;
    ConnectionSlot slot_;
    protocol::Session session_;
    std::size_t drain_left_ = unlimited;  // bytes that may still be received
    PeerName peer_;
    Input input_ = Input::open;
    Failure failure_ = Failure::none;
    bool lingering_ : 1 = false;
    bool has_asked_ : 1 = false;  // a whole message has come
};

}  // namespace iomux::server
