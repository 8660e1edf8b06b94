#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "load/engine/outbox.hpp"
#include "posix/clock.hpp"
#include "posix/transfer.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/requests.hpp"

namespace iomux::load {

/// One connection to the server: what it has asked and when, what of that is still to be sent, and the replies that it
/// expects. Makes one system call at a time, and never waits.
class Connection {
public:
    using Time = posix::Clock::time_point;

    /// `fd` does not block. At most `depth` requests will be outstanding. `dialect` outlives it.
    Connection(posix::UniqueFd fd, const protocol::Dialect& dialect, const Outbox& outbox, std::size_t depth)
        : fd_(std::move(fd)), outbox_(outbox), replies_(dialect), asked_at_(depth) {}

    int fd() const { return fd_.get(); }
    bool is_open() const { return static_cast<bool>(fd_); }
    void close();

    /// Makes the next request, to be sent by `send_some`. Fewer than `depth` are outstanding.
    void ask(Time now) {
        replies_.expect(outbox_.add());
        const std::size_t place = oldest_ + outstanding_++;
        asked_at_[place < asked_at_.size() ? place : place - asked_at_.size()] = now;
    }
    /// Requests that are not done.
    std::size_t outstanding() const { return outstanding_; }
    /// The oldest outstanding request is done: answered or, where nothing is answered, sent. Returns when it was asked.
    Time done() {
        const Time asked_at = asked_at_[oldest_];
        oldest_ = oldest_ + 1 < asked_at_.size() ? oldest_ + 1 : 0;
        --outstanding_;
        served_ = true;
        return asked_at;
    }

    /// A request of it has ever been done.
    bool was_served() const { return served_; }

    /// There are requests that have not been sent in full.
    bool has_unsent() const { return outbox_.waiting() > 0; }
    struct Sent {
        posix::Transfer transfer;
        std::size_t requests = 0;  ///< That have now gone in full.
        bool blocked = false;      ///< The socket takes no more for now.
    };
    /// One send(2) of what there is to send.
    Sent send_some();

    /// One recv(2).
    posix::Transfer receive(std::span<std::byte> buffer) const { return posix::receive(fd(), buffer); }
    /// Checks every byte of what was received. Returns how many replies it has completed.
    std::size_t check(protocol::Bytes bytes) { return replies_.check(bytes); }
    /// A byte was not the one that was expected.
    bool wrong() const { return replies_.wrong(); }

    bool watched_for_writing = false;  ///< For the loop, which alone knows how it waits.

private:
    Sent sent(posix::Transfer transfer, std::size_t offered);

    posix::UniqueFd fd_;
    Outbox outbox_;
    protocol::ReplyChecker replies_;
    std::vector<Time> asked_at_;  // a ring: of the outstanding requests, from oldest_ on
    std::size_t oldest_ = 0;
    std::size_t outstanding_ = 0;
    bool served_ = false;
};

}  // namespace iomux::load
