#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "protocol/session.hpp"
#include "server/connection_limit.hpp"
#include "server/loop_context.hpp"
#include "server/peer_name.hpp"
#include "server/timeout_lists.hpp"

namespace iomux::server {

/// What is said on one connection, and how it comes to an end, whoever moves the bytes.
///
///     open ── the client's end of file ─→ ended ── every reply sent ─→ finished
///       └── a violation, or the drain is done ─→ over ── every reply sent ─→ lingering ── end of file, or time ─→
///       finished
///
/// An error finishes it from any state, and so does being late (`TimeoutLists`): it knows what it waits for. Counts
/// itself, and says in the debug log who came, what was received and who has gone.
class ConnectionState : public TimeoutEntry {
public:
    /// On the socket `fd`.
    ConnectionState(LoopContext& loop, int fd, const PeerName& peer, ConnectionSlot slot);
    ~ConnectionState();
    ConnectionState(const ConnectionState&) = delete;
    ConnectionState& operator=(const ConnectionState&) = delete;

    /// From now on `loop` serves it: for servers whose connections go from thread to thread.
    void move_to(LoopContext& loop) { loop_ = &loop; }

    /// The client's next bytes. Adds the replies that are due.
    void received(protocol::Bytes bytes, protocol::Replies& replies) {
        loop_->counters.bytes_received += bytes.size();
        if (loop_->log.debugging()) log_received(bytes);
        if (input_ != Input::open) return;
        if (drain_left_ != unlimited) drain_left_ -= std::min(drain_left_, bytes.size());
        const std::size_t messages = session_.receive(bytes, replies);
        loop_->counters.messages += messages;
        if (messages > 0) {
            has_asked_ = true;
            handle(messages);
        }
        if (is_timed()) heard(messages);
        if (session_.violation() != protocol::Violation::none || is_drained()) end_input();
    }
    /// The client's end of file.
    void received_end();
    /// A system call on the connection failed.
    void failed(int error);
    /// Whole messages may wait for `resume`, since the replies were full.
    bool holding() const { return session_.holding(); }
    void resume(protocol::Replies& replies);

    /// No more messages are taken, though the client may go on sending: send the replies, then linger.
    bool input_open() const { return input_ == Input::open; }
    bool input_over() const { return input_ == Input::over; }
    bool input_ended() const { return input_ == Input::ended; }
    bool takes_messages() const { return input_open() && !holding(); }
    bool lingering() const { return lingering_; }
    bool has_failed() const { return failure_ != Failure::none; }

    /// How many bytes may be received at most, of the `size` that there is room for.
    std::size_t receivable(std::size_t size) const {
        return size < drain_left_ || is_due_an_answer() ? size : drain_left_;
    }

    /// The server stops: only what its socket has received by now is answered, and `taken` bytes from before. But who
    /// could have waited for a successor (`Settings::handed_over`) is heard out to its first message.
    void drain(int fd, std::size_t taken = 0);
    /// Everything was sent, and our side is shut: wait a while for the client's end of file.
    void linger();
    /// Time is up. Closed for being late, for whatever reason there was, or for the drain's timeout where replies are
    /// unsent.
    void expire(bool unsent);

protected:
    bool waits_for(WaitReason what) const { return wait() == what; }
    /// Some replies are unsent: the time for taking more begins, again where the client has just `taken` so many bytes.
    void wait_for_room(std::size_t taken) {
        if (is_timed() && (taken > 0 || !waits_for(WaitReason::writable)))
            loop_->deadlines.begin(*this, WaitReason::writable);
    }
    /// None are unsent.
    void wait_for_client() {
        if (waits_for(WaitReason::writable)) wait_for_message();
    }
    /// Before the socket is closed: who sees that may connect again at once.
    void give_up_slot() { slot_ = ConnectionSlot(); }
    LoopContext& loop() const { return *loop_; }

private:
    enum class Input : std::uint8_t { open, over, ended };
    enum class Failure : std::uint8_t { none, reset, error, drain_timeout };
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    bool is_due_an_answer() const { return !has_asked_ && loop_->settings.handed_over; }
    bool is_drained() const { return drain_left_ == 0 && !is_due_an_answer(); }
    /// The client's time is limited.
    bool is_timed() const { return wait() != WaitReason::none; }
    void handle(std::size_t messages) {
        if (loop_->settings.work.takes_time()) work_on(messages);
    }
    void work_on(std::size_t messages);
    void heard(std::size_t messages);
    void wait_for_message();
    void end_input();
    void log_received(protocol::Bytes bytes) const;
    Cause cause() const;
    Cause cause_of_lateness() const;

    LoopContext* loop_;
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
