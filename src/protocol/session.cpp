#include "protocol/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/wire.hpp"

namespace iomux::protocol {

std::size_t Session::receive_stream(Bytes bytes, Replies& out) {
    std::size_t messages = 0;
    if (!carry_.empty()) {
        messages = complete_carry(bytes, out);
        if (!carry_.empty()) return messages;
    }
    messages += answer_all(bytes, out);
    keep(bytes);
    return messages;
}

std::size_t Session::resume(Replies& out) {
    Bytes rest = Bytes(carry_).subspan(answered_);
    const std::size_t messages = answer_all(rest, out);
    answered_ = carry_.size() - rest.size();
    if (holding_) return messages;
    // The replies may refer to the carry, so they take ownership of it. The beginning of the next message moves to a
    // new carry.
    std::pmr::vector<std::byte> done(carry_.get_allocator());
    done.swap(carry_);
    answered_ = 0;
    keep(rest);
    out.adopt(std::move(done));
    return messages;
}

// Answers the complete messages at the beginning of `input` and removes them from it.
std::size_t Session::answer_all(Bytes& input, Replies& out) {
    std::size_t messages = 0;
    while (!input.empty() && violation_ == Violation::none) {
        if (out.full()) {
            holding_ = true;
            return messages;
        }
        const Frame frame = next_frame(input);
        if (!frame.whole()) break;
        answer(frame, out);
        input = input.subspan(frame.wire.size());
        ++messages;
    }
    holding_ = false;
    return messages;
}

Session::Frame Session::next_frame(Bytes input) {
    switch (protocol_->framing) {
        case Framing::chunk: {
            const Bytes chunk = input.first(std::min(input.size(), protocol_->max_message));
            return {chunk, chunk};
        }
        case Framing::line: return next_line(input);
        case Framing::length: return next_length(input);
    }
    return {};
}

Session::Frame Session::next_line(Bytes input) {
    const std::size_t skipped = std::exchange(scanned_, 0);
    const void* end = std::memchr(input.data() + skipped, '\n', input.size() - skipped);
    if (end == nullptr) {
        // One byte above the limit may be the CR that is dropped.
        if (input.size() > protocol_->max_message + 1) violation_ = Violation::message_too_long;
        scanned_ = input.size();
        return {};
    }
    const std::size_t length = static_cast<const std::byte*>(end) - input.data();
    const bool carriage_return = length > 0 && input[length - 1] == std::byte{'\r'};
    const Bytes payload = input.first(length - (carriage_return ? 1 : 0));
    if (payload.size() > protocol_->max_message) {
        violation_ = Violation::message_too_long;
        return {};
    }
    return {input.first(length + 1), payload};
}

Session::Frame Session::next_length(Bytes input) {
    if (input.size() < length_mark_size) return {};
    const std::size_t length = length_in(input);
    if (length > protocol_->max_message) {
        violation_ = Violation::message_too_long;
        return {};
    }
    if (input.size() - length_mark_size < length) return {};
    return {input.first(length_mark_size + length), input.subspan(length_mark_size, length)};
}

void Session::answer_with_suffix(const Frame& frame, Replies& out) const {
    const std::string_view suffix = protocol_->reply_suffix();
    if (protocol_->framing == Framing::length)
        out.copy(length_mark(static_cast<std::uint32_t>(frame.payload.size() + suffix.size())));
    if (frame.payload.size() < Replies::refer_from)
        out.copy(frame.payload);
    else
        out.refer(frame.payload);
    out.copy(as_bytes(suffix));
    if (protocol_->framing == Framing::line) out.copy(as_bytes("\n"));
}

// Moves the missing bytes of the carry's message from `bytes` to the carry. If the message is complete, it is answered,
// and the carry becomes empty; likewise after a violation.
std::size_t Session::complete_carry(Bytes& bytes, Replies& out) {
    if (violation_ != Violation::none) return 0;
    Frame frame;
    while (!bytes.empty() && !frame.whole()) {
        const std::size_t take = std::min(missing(bytes), bytes.size());
        carry_.insert(carry_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
        bytes = bytes.subspan(take);
        frame = next_frame(carry_);
        if (violation_ != Violation::none) break;
    }
    if (!frame.whole() && violation_ == Violation::none) return 0;
    if (frame.whole()) answer(frame, out);
    std::pmr::vector<std::byte> done(carry_.get_allocator());
    done.swap(carry_);
    out.adopt(std::move(done));
    return frame.whole() ? 1 : 0;
}

// How many more bytes the carry's message needs before it can be complete.
std::size_t Session::missing(Bytes bytes) const {
    if (protocol_->framing == Framing::line) {
        const void* end = std::memchr(bytes.data(), '\n', bytes.size());
        return end == nullptr ? bytes.size() : static_cast<const std::byte*>(end) - bytes.data() + 1;
    }
    if (carry_.size() < length_mark_size) return length_mark_size - carry_.size();
    return length_mark_size + length_in(carry_) - carry_.size();
}

void Session::keep(Bytes rest) {
    if (rest.empty() || violation_ != Violation::none) return;
    carry_.assign(rest.begin(), rest.end());
}

}  // namespace iomux::protocol
