#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "protocol/protocol_config.hpp"
#include "protocol/replies.hpp"

namespace iomux::protocol {

/// How a peer violated the protocol.
enum class Violation : std::uint8_t {
    none,
    message_too_long,  ///< A complete or incomplete message exceeds `ProtocolConfig::max_message`.
};

/// The server side of one connection: it turns bytes into replies. It uses no socket, clock or log.
///
/// The replies do not depend on how the bytes are split between calls, except with `Framing::chunk`, where every call
/// is a message. It stores only an incomplete message, or the bytes of one `receive` that are not answered yet.
class Session {
public:
    /// `protocol` and `memory` outlive the session. Sessions in the same thread may share them.
    Session(const ProtocolConfig& protocol, std::pmr::memory_resource* memory) : protocol_(&protocol), carry_(memory) {}

    /// Consumes all of `bytes` and adds the replies to `out`. Returns how many messages were complete.
    /// It must not be called while `holding()`. After a violation, bytes are ignored.
    std::size_t receive(Bytes bytes, Replies& out);

    /// Whether complete messages may be unanswered because the replies were full. Then `resume` must be called before
    /// `receive`.
    bool holding() const { return holding_; }
    /// Answers the messages that are held. Returns how many it answered.
    std::size_t resume(Replies& out);

    Violation violation() const { return violation_; }
    /// Whether an incomplete message was received.
    bool amid_message() const { return !carry_.empty() && !holding_; }

private:
    struct Frame {
        Bytes wire;     // the whole frame; empty: incomplete
        Bytes payload;  // its message

        bool whole() const { return !wire.empty(); }
    };

    Frame next_frame(Bytes input);
    Frame next_line(Bytes input);
    Frame next_length(Bytes input);
    std::size_t answer_all(Bytes& input, Replies& out);
    void answer(const Frame& frame, Replies& out) const;
    void answer_with_suffix(const Frame& frame, Replies& out) const;
    // Not inlined into `receive`, which then needs no stack frame: an echo of epoll takes 223 instructions instead of
    // 254 (tests/bench/instructions).
    [[gnu::noinline]] std::size_t receive_stream(Bytes bytes, Replies& out);
    std::size_t complete_carry(Bytes& bytes, Replies& out);
    std::size_t missing(Bytes bytes) const;
    void keep(Bytes rest);

    const ProtocolConfig* protocol_;
    std::pmr::vector<std::byte> carry_;  // an incomplete message, or held messages
    std::size_t answered_ = 0;           // bytes of the carry that are answered
    std::size_t scanned_ = 0;            // bytes of the carry without a line feed
    Violation violation_ = Violation::none;
    bool holding_ = false;
};

// Every message takes these. Inline, they save a tenth of an echo's instructions on epoll (tests/bench/instructions).

inline std::size_t Session::receive(Bytes bytes, Replies& out) {
    if (protocol_->framing == Framing::chunk && !bytes.empty() && bytes.size() <= protocol_->max_message) {
        answer({bytes, bytes}, out);
        return 1;
    }
    return receive_stream(bytes, out);
}

inline void Session::answer(const Frame& frame, Replies& out) const {
    switch (protocol_->service) {
        case Service::echo:
            // A CR is dropped, so the reply differs from the frame.
            if (protocol_->framing == Framing::line && frame.payload.size() + 1 < frame.wire.size())
                return answer_with_suffix(frame, out);
            return out.refer(frame.wire);
        case Service::suffix: return answer_with_suffix(frame, out);
        case Service::discard: return;
    }
}

}  // namespace iomux::protocol
