#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

#include "load/payload.hpp"
#include "protocol/wire.hpp"

namespace iomux::load {

/// What is put around every message on its way to the server. All messages have one size, so it is always the same.
class Envelope {
public:
    Envelope(const protocol::Dialect& dialect, std::size_t message_size);

    bool empty() const { return head_size_ == 0 && tail_.empty(); }
    protocol::Bytes head() const { return protocol::Bytes(mark_).first(head_size_); }
    protocol::Bytes tail() const { return protocol::as_bytes(tail_); }

private:
    std::array<std::byte, protocol::length_mark_size> mark_;
    std::size_t head_size_;
    std::string_view tail_;
};

/// The requests of one connection that wait to be sent: not their bytes, but which messages they are and how far the
/// first of them has gone.
class Outbox {
public:
    static constexpr std::size_t most_pieces = 48;

    /// `payload` and `envelope` outlive it.
    Outbox(const Payload& payload, const Envelope& envelope, std::size_t first_message)
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
    std::size_t request_size() const { return envelope_->head().size() + payload_->size() + envelope_->tail().size(); }

    const Payload* payload_;
    const Envelope* envelope_;
    std::size_t first_;     // the message of the first that waits
    std::size_t next_;      // the message of the next to be added
    std::size_t gone_ = 0;  // bytes of the first that have been sent
    std::size_t waiting_ = 0;
};

}  // namespace iomux::load
