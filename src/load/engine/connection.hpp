#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "load/engine/outbox.hpp"
#include "posix/clock.hpp"
#include "posix/io_result.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/requests.hpp"

namespace iomux::load {

/// One connection to the server: its outstanding requests with their times, the bytes still to be sent, and the
/// expected replies. Each call makes at most one system call and never blocks.
class Connection {
public:
    using Time = posix::Clock::time_point;

    /// `fd` is non-blocking. At most `depth` requests may be outstanding. `protocol` outlives the connection.
    Connection(posix::UniqueFd fd, const protocol::ProtocolConfig& protocol, const Outbox& outbox, std::size_t depth)
        : fd_(std::move(fd)), outbox_(outbox), replies_(protocol), asked_at_(depth) {}

    int fd() const { return fd_.get(); }
    bool is_open() const { return static_cast<bool>(fd_); }
    void close();

    /// Queues the next request for `send_some`. Fewer than `depth` requests must be outstanding.
    void ask(Time now) {
        replies_.expect(outbox_.add());
        const std::size_t place = oldest_ + outstanding_++;
        asked_at_[place < asked_at_.size() ? place : place - asked_at_.size()] = now;
    }
    /// The number of requests that are not done.
    std::size_t outstanding() const { return outstanding_; }
    /// The time that `ask` was given for an outstanding request; 0 is the oldest one.
    Time asked_at(std::size_t request) const { return asked_at_[(oldest_ + request) % asked_at_.size()]; }
    /// Marks the oldest outstanding request as done: it was answered or, with service discard, sent. Returns the time
    /// that `ask` was given.
    Time done() {
        const Time asked_at = asked_at_[oldest_];
        oldest_ = oldest_ + 1 < asked_at_.size() ? oldest_ + 1 : 0;
        --outstanding_;
        served_ = true;
        return asked_at;
    }

    /// Whether at least one request is done.
    bool was_served() const { return served_; }

    /// Whether there are requests that are not completely sent.
    bool has_unsent() const { return outbox_.waiting() > 0; }
    struct Sent {
        posix::IoResult transfer;
        std::size_t requests = 0;  ///< Requests that this call completed.
        bool blocked = false;      ///< The socket buffer is full.
    };
    /// Makes one send(2) or sendmsg(2) with the waiting bytes.
    Sent send_some() {
        // send(2) is cheaper than sendmsg(2).
        const protocol::Bytes piece = outbox_.single_piece();
        return piece.empty() ? send_pieces() : sent(posix::send(fd(), piece), piece.size());
    }

    /// Makes one recv(2).
    posix::IoResult receive(std::span<std::byte> buffer) const { return posix::receive(fd(), buffer); }
    /// Checks every received byte. Returns how many replies are complete now.
    std::size_t check(protocol::Bytes bytes) { return replies_.check(bytes); }
    /// Whether a wrong byte was received.
    bool wrong() const { return replies_.wrong(); }

    bool watched_for_writing = false;  ///< Used by the event loop only.

private:
    Sent send_pieces();
    Sent sent(posix::IoResult transfer, std::size_t offered) {
        return {transfer, outbox_.sent(transfer.size), transfer.size < offered};
    }

    posix::UniqueFd fd_;
    Outbox outbox_;
    protocol::ReplyChecker replies_;
    std::vector<Time> asked_at_;  // a ring buffer: times of the outstanding requests, from oldest_ on
    std::size_t oldest_ = 0;
    std::size_t outstanding_ = 0;
    bool served_ = false;
};

}  // namespace iomux::load
