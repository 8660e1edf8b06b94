#include "protocol/requests.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/wire.hpp"

namespace iomux::protocol {
namespace {

void append(std::vector<std::byte>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

bool equal(Bytes a, Bytes b) { return std::memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace

void append_request(const ProtocolConfig& protocol, Bytes message, std::vector<std::byte>& out) {
    if (protocol.framing == Framing::length) append(out, length_mark(static_cast<std::uint32_t>(message.size())));
    append(out, message);
    if (protocol.framing == Framing::line) append(out, as_bytes("\n"));
}

std::optional<std::string> unaskable_size(const ProtocolConfig& protocol, std::size_t size) {
    if (protocol.framing != Framing::chunk && size > protocol.max_message)
        return "the message has " + std::to_string(size) + " bytes, but --max-message is " +
               std::to_string(protocol.max_message);
    if (protocol.framing == Framing::chunk && size == 0) return "with chunk framing, the message must not be empty";
    return std::nullopt;
}

std::optional<std::string> unaskable(const ProtocolConfig& protocol, Bytes message) {
    if (auto why = unaskable_size(protocol, message.size())) return why;
    const std::string_view text = as_text(message);
    if (protocol.framing == Framing::line && (text.find('\n') != text.npos || text.ends_with('\r')))
        return "with line framing, the message must not contain a line feed or end with a carriage return";
    return std::nullopt;
}

ReplyChecker::ReplyChecker(const ProtocolConfig& protocol) : protocol_(&protocol), ending_(protocol.reply_suffix()) {
    if (protocol.framing == Framing::line) ending_ += '\n';
    bare_ = protocol.framing == Framing::chunk && ending_.empty();
}

std::size_t ReplyChecker::check_stream(Bytes bytes) {
    if (protocol_->framing == Framing::chunk && !ending_.empty()) return check_chunks(bytes);
    std::size_t replies = 0;
    while (!bytes.empty() && !wrong_)
        if (check_marked(bytes)) ++replies;
    return replies;
}

// Checks bytes of one reply of known length: the mark, the message and the ending. Returns true if it is complete.
bool ReplyChecker::check_marked(Bytes& bytes) {
    if (outstanding() == 0) {
        wrong_ = true;
        return false;
    }
    if (take_whole(bytes)) return true;
    const Bytes message = expected_[first_];
    const auto mark = length_mark(static_cast<std::uint32_t>(message.size() + ending_.size()));
    const Bytes parts[] = {protocol_->framing == Framing::length ? Bytes(mark) : Bytes(), message, as_bytes(ending_)};
    std::size_t begin = 0;
    for (const Bytes part : parts) {
        const std::size_t done = std::clamp(position_, begin, begin + part.size()) - begin;
        const std::size_t size = std::min(part.size() - done, bytes.size());
        if (size > 0 && !equal(part.subspan(done, size), bytes.first(size))) {
            wrong_ = true;
            return false;
        }
        position_ += size;
        bytes = bytes.subspan(size);
        begin += part.size();
    }
    if (position_ < begin) return false;
    forget(1);
    position_ = 0;
    return true;
}

// The usual case of `check_marked`: all of the reply is there, and it is right. Otherwise it does nothing.
bool ReplyChecker::take_whole(Bytes& bytes) {
    const Bytes message = expected_[first_];
    const std::size_t begin = protocol_->framing == Framing::length ? length_mark_size : 0;
    const std::size_t size = message.size() + ending_.size();
    if (position_ != 0 || bytes.size() < begin + size) return false;
    if (begin != 0 && length_in(bytes) != size) return false;
    const Bytes text = bytes.subspan(begin);
    if (!equal(message, text) || !equal(as_bytes(ending_), text.subspan(message.size()))) return false;
    bytes = text.subspan(size);
    forget(1);
    return true;
}

std::size_t ReplyChecker::check_chunks(Bytes bytes) {
    std::size_t replies = 0;
    while (!bytes.empty() && !wrong_) {
        const bool payload_left = reading_ < outstanding();
        const Bytes payload = payload_left ? expected_[first_ + reading_].subspan(position_) : Bytes();
        if (in_suffix_ == 0 && payload_left && payload.front() == bytes.front()) {
            const auto [ours, theirs] = std::ranges::mismatch(payload, bytes);
            const std::size_t same = static_cast<std::size_t>(theirs - bytes.begin());
            position_ += same;
            bytes = bytes.subspan(same);
            suffix_may_come_ = true;
            if (same == payload.size()) {
                ++reading_;
                position_ = 0;
            }
        } else if (suffix_may_come_ && std::byte(ending_[in_suffix_]) == bytes.front()) {
            bytes = bytes.subspan(1);
            if (++in_suffix_ < ending_.size()) continue;
            in_suffix_ = 0;
            suffix_may_come_ = false;
            replies += reading_;
            forget(reading_);
            reading_ = 0;
        } else {
            wrong_ = true;
            break;
        }
    }
    return replies;
}

// Removes the messages whose replies are complete once they are the larger part.
void ReplyChecker::shrink() {
    if (first_ <= 64 || first_ * 2 <= expected_.size()) return;
    expected_.erase(expected_.begin(), expected_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
}

}  // namespace iomux::protocol
