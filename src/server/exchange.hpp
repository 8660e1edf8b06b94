#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "protocol/session.hpp"
#include "server/deadlines.hpp"
#include "server/loop.hpp"
#include "server/peer_name.hpp"
#include "server/seats.hpp"

namespace iomux::server {

/// What is said on one connection, and how it comes to an end, whoever moves the bytes.
///
///     open ── the client's end of file ─→ ended ── every reply sent ─→ finished
///       └── a violation, or the drain is done ─→ over ── every reply sent ─→ lingering ── end of file, or time ─→
///       finished
///
/// An error finishes it from any state. Counts itself, and says in the debug log who came, what was received and
/// who has gone.
class Exchange : public Timed {
public:
    Exchange(Loop& loop, const PeerName& peer, Seat seat);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// From now on `loop` serves it: for servers whose connections go from thread to thread.
    void move_to(Loop& loop) { loop_ = &loop; }

    /// The client's next bytes. Adds the replies that are due.
    void received(protocol::Bytes bytes, protocol::Replies& replies) {
        loop_->counters.bytes_received += bytes.size();
        if (loop_->log.debugging()) log_received(bytes);
        if (input_ != Input::open) return;
        if (drain_left_ != unlimited) drain_left_ -= bytes.size();
        loop_->counters.messages += session_.receive(bytes, replies);
        if (session_.violation() != protocol::Violation::none || drain_left_ == 0) end_input();
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
    std::size_t receivable(std::size_t size) const { return size < drain_left_ ? size : drain_left_; }

    /// The server stops: only what its socket has received by now is answered, and `taken` bytes from before.
    void drain(int fd, std::size_t taken = 0);
    /// Everything was sent, and our side is shut: wait a while for the client's end of file.
    void linger();
    /// Time is up. Closed for whatever reason there was, or for the drain's timeout where replies are unsent.
    void expire(bool unsent);

protected:
    /// Before the socket is closed: who sees that may connect again at once.
    void give_up_seat() { seat_ = Seat(); }
    Loop& loop() const { return *loop_; }

private:
    enum class Input : std::uint8_t { open, over, ended };
    enum class Failure : std::uint8_t { none, reset, error, drain_timeout };
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    void end_input();
    void log_received(protocol::Bytes bytes) const;
    Cause cause() const;

    Loop* loop_;
    Seat seat_;
    protocol::Session session_;
    std::size_t drain_left_ = unlimited;  // bytes that may still be received
    PeerName peer_;
    Input input_ = Input::open;
    Failure failure_ = Failure::none;
    bool lingering_ = false;
};

}  // namespace iomux::server
