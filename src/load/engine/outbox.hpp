#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "load/workload/payload.hpp"
#include "protocol/wire.hpp"

namespace iomux::load {

/// What is put around every message on its way to the server.
class Envelope {
public:
    /// `sizes` are those of the payload.
    Envelope(const protocol::Dialect& dialect, std::span<const std::size_t> sizes);

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    protocol::Bytes head(const Payload::Slice& message) const {
        return marks_.empty() ? protocol::Bytes() : protocol::Bytes(marks_[message.draw]);
    }
    protocol::Bytes tail() const { return protocol::as_bytes(tail_); }

private:
    std::vector<std::array<std::byte, protocol::length_mark_size>> marks_;  // of each size; none without such framing
    std::string_view tail_;
    std::size_t size_;
};

/// The requests of one connection that wait to be sent: not their bytes, but which messages they are and how far the
/// first of them has gone.
class Outbox {
public:
    static constexpr std::size_t most_pieces = 48;

    /// `payload` and `envelope` outlive it.
    Outbox(const Payload& payload, const Envelope& envelope, const Payload::Slice& first_message)
        : payload_(&payload), envelope_(&envelope), first_(first_message), next_(first_message) {}

    /// Adds the next request; returns its message.
    protocol::Bytes add() {
        const protocol::Bytes message = payload_->message(next_);
        next_ = payload_->next(next_);
        ++waiting_;
        return message;
    }

    /// Requests that have not been sent in full.
    std::size_t waiting() const { return waiting_; }

    /// What is to be sent, where that is one message with nothing around it, as it usually is; otherwise nothing.
    protocol::Bytes single_piece() const {
        return waiting_ == 1 && envelope_->empty() ? payload_->message(first_).subspan(gone_) : protocol::Bytes();
    }
    /// Fills `pieces` with what is to be sent next: as much as there is room for. Returns how many it has filled.
    std::size_t gather(std::span<iovec, most_pieces> pieces) const;

    /// Takes out bytes that were sent. Returns how many requests have gone in full.
    std::size_t sent(std::size_t bytes);

private:
    std::size_t size_of(const Payload::Slice& message) const { return message.size + envelope_->size(); }

    const Payload* payload_;
    const Envelope* envelope_;
    Payload::Slice first_;  // the message of the first that waits
    Payload::Slice next_;   // the message of the next to be added
    std::size_t gone_ = 0;  // bytes of the first that have been sent
    std::size_t waiting_ = 0;
};

}  // namespace iomux::load
