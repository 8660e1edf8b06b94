#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "protocol/dialect.hpp"
#include "protocol/replies.hpp"

namespace iomux::protocol {

/// How a peer broke the protocol.
enum class Violation : std::uint8_t {
    none,
    message_too_long,  ///< A message, or the beginning of one, exceeds `Dialect::max_message`.
};

/// The server's side of one connection: bytes in, replies out. No socket, no clock, no log.
///
/// The same bytes give the same replies however they are split (with `Framing::chunk` a split is a message's
/// end by definition). Memory: what has come of one message, or of one `receive` that was held back; nothing
/// between messages.
class Session {
public:
    /// `dialect` and `memory` outlive the session; several sessions may share them within one thread.
    Session(const Dialect& dialect, std::pmr::memory_resource* memory) : dialect_(&dialect), carry_(memory) {}

    /// Takes all of `bytes` and adds the replies to `out`. Returns how many messages were completed.
    /// Not to be called while `holding()`. After a violation bytes are ignored.
    std::size_t receive(Bytes bytes, Replies& out);

    /// Whole messages may be waiting, unanswered because the replies were full: call `resume` before `receive`.
    bool holding() const { return holding_; }
    /// Goes on with what is held. Returns how many messages were completed.
    std::size_t resume(Replies& out);

    Violation violation() const { return violation_; }
    /// The beginning of a message has come, and not its end.
    bool amid_message() const { return !carry_.empty() && !holding_; }

private:
    struct Frame {
        Bytes wire;     // all of it; empty: not whole yet
        Bytes payload;  // the message in it

        bool whole() const { return !wire.empty(); }
    };

    Frame next_frame(Bytes input);
    Frame next_line(Bytes input);
    Frame next_length(Bytes input);
    std::size_t answer_all(Bytes& input, Replies& out);
    void answer(const Frame& frame, Replies& out) const;
    void answer_with_suffix(const Frame& frame, Replies& out) const;
    // Apart from `receive`, which then keeps nothing on its stack: an echo of epoll takes 223 instructions in the place
    // of 254 (tests/bench/instructions).
    [[gnu::noinline]] std::size_t receive_stream(Bytes bytes, Replies& out);
    std::size_t complete_carry(Bytes& bytes, Replies& out);
    std::size_t missing(Bytes bytes) const;
    void keep(Bytes rest);

    const Dialect* dialect_;
    std::pmr::vector<std::byte> carry_;  // what has come of a message, or is held back
    std::size_t answered_ = 0;           // bytes of the carry that are done with
    std::size_t scanned_ = 0;            // bytes of the carry known to hold no line feed
    Violation violation_ = Violation::none;
    bool holding_ = false;
};

}  // namespace iomux::protocol
