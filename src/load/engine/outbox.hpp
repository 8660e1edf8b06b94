#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "load/workload/payload.hpp"
#include "protocol/wire.hpp"

namespace iomux::load {

/// The framing around every message to the server.
class Envelope {
public:
    /// `sizes` are the sizes of the payload.
    Envelope(const protocol::ProtocolConfig& protocol, std::span<const std::size_t> sizes);

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    protocol::Bytes head(const Payload::Slice& message) const {
        return marks_.empty() ? protocol::Bytes() : protocol::Bytes(marks_[message.draw]);
    }
    protocol::Bytes tail() const { return protocol::as_bytes(tail_); }

private:
    std::vector<std::array<std::byte, protocol::length_mark_size>>
        marks_;  // one per size; empty unless the framing is length
    std::string_view tail_;
    std::size_t size_;
};

/// The requests of one connection that wait to be sent. It does not hold their bytes, only which messages they are and
/// how much of the first one has been sent.
class Outbox {
public:
    static constexpr std::size_t most_pieces = 48;

    /// `payload` and `envelope` outlive it.
    Outbox(const Payload& payload, const Envelope& envelope, const Payload::Slice& first_message)
        : payload_(&payload), envelope_(&envelope), first_(first_message), next_(first_message) {}

    /// Adds the next request and returns its message.
    protocol::Bytes add() {
        const protocol::Bytes message = payload_->message(next_);
        next_ = payload_->next(next_);
        ++waiting_;
        return message;
    }

    /// The number of requests that are not completely sent.
    std::size_t waiting() const { return waiting_; }

    /// The bytes to send if they are (the rest of) one message without framing, which is the usual case; otherwise
    /// nothing.
    protocol::Bytes single_piece() const {
        return waiting_ == 1 && envelope_->empty() ? payload_->message(first_).subspan(gone_) : protocol::Bytes();
    }
    /// Fills `pieces` with the bytes to send next, as far as they fit. Returns the number of pieces.
    std::size_t gather(std::span<iovec, most_pieces> pieces) const;

    /// Removes bytes that were sent. Returns how many requests they completed.
    std::size_t sent(std::size_t bytes) {
        std::size_t whole = 0;
        for (gone_ += bytes; waiting_ > 0; --waiting_) {
            const std::size_t size = size_of(first_);
            if (gone_ < size) break;
            gone_ -= size;
            first_ = payload_->next(first_);
            ++whole;
        }
        return whole;
    }

private:
    std::size_t size_of(const Payload::Slice& message) const { return message.size + envelope_->size(); }

    const Payload* payload_;
    const Envelope* envelope_;
    Payload::Slice first_;  // the message of the first waiting request
    Payload::Slice next_;   // the message of the next request to add
    std::size_t gone_ = 0;  // bytes of the first request that have been sent
    std::size_t waiting_ = 0;
};

}  // namespace iomux::load
