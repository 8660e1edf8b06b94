#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "posix/unique_fd.hpp"
#include "server/acceptor.hpp"
#include "server/connection_state.hpp"
#include "server/due.hpp"

namespace iomux::server {

/// What a loop waits for on a connection.
enum class Interest : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };

constexpr bool includes(Interest all, Interest one) {
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

/// A socket, the state of its connection and what is unsent, for the servers that make their system calls themselves.
///
/// The server calls recv(2) with `room` and passes on what it returned (`received`), then calls send(2) with what is
/// `due` and passes that on (`sent`). The replies stay with the loop (LoopContext::replies) in between, so both belong
/// to one turn. `due` is sent before the server has asked whether the socket is writable (an optimistic write).
///
/// Its memory: unsent bytes, below the high-water mark plus the replies to one read. An idle connection has no buffer.
class Connection {
public:
    Connection(AcceptedSocket accepted, LoopContext& loop);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return socket_.get(); }

    /// Where the next recv(2) goes. Empty if the connection is not to be read now.
    std::span<std::byte> room() const {
        if (!wants_read()) return {};
        const std::span<std::byte> buffer = loop().buffer;
        return buffer.first(state_.receivable(buffer.size()));
    }
    /// `result` and errno are those of recv(2) into `room`. Returns false if the socket has no more to give until it is
    /// reported readable.
    bool received(std::span<const std::byte> room, ssize_t result) {
        if (result <= 0) return received_nothing(result);
        const auto size = static_cast<std::size_t>(result);
        state_.received(room.first(size), loop().replies);
        // A stream socket that fills less than the room has no more (epoll(7), question 9).
        return size == room.size();
    }

    /// What to send now: earlier unsent bytes, then the replies. If nothing is due, updates `interest` and `finished`.
    Due due() {
        const std::span<const protocol::Bytes> pieces = loop().replies.pieces();
        if (pieces.size() == 1 && serves_plainly()) return {pieces.front()};
        return gather();
    }
    /// `result` and errno are those of send(2) or sendmsg(2) with all that was due. The connection keeps what was not
    /// sent. Updates `interest` and `finished`. Returns false if the socket takes no more until it is reported
    /// writable.
    bool sent(ssize_t result) {
        protocol::Replies& replies = loop().replies;
        if (!serves_plainly() || result != static_cast<ssize_t>(replies.size())) return keep_unsent(result);
        loop().counters.bytes_sent += replies.size();
        replies.clear();
        return true;
    }

    /// What to wait for, as of the last `due`, `sent`, `drain` or `expire`. A client that does not take its replies is
    /// not read (from the high-water mark to the low-water mark), nor is a connection that gets no more replies.
    Interest interest() const { return interest_; }
    bool wants_read() const { return includes(interest_, Interest::read); }
    bool wants_write() const { return includes(interest_, Interest::write); }
    /// To be closed: nothing more will come, and nothing more can be sent.
    bool finished() const { return finished_; }
    /// Everything is sent and our side is shut down: only the client's end of file is waited for.
    bool lingering() const { return state_.lingering(); }
    bool waits_for(WaitReason reason) const { return state_.waits_for(reason); }

    /// The server stops: what the socket has received by now is answered, and nothing else.
    void drain();
    /// Time is up: nothing more is read or sent.
    void expire();
    /// A system call on the socket failed, other than those above.
    void failed(int error) { state_.failed(error); }
    /// From now on `loop` serves it: for servers whose connections move between threads.
    void move_to(LoopContext& loop) { state_.move_to(loop); }
    LoopContext& loop() const { return state_.loop(); }
    /// The connection that has this timeout.
    static Connection& of(const ConnectionTimeout& timeout) { return *static_cast<Connection*>(timeout.owner()); }

private:
    // By far the most common: nothing is unsent, messages are taken, and `interest` stays as it is.
    bool serves_plainly() const { return interest_ == Interest::read && state_.takes_messages(); }
    bool received_nothing(ssize_t result);
    Due gather();
    bool keep_unsent(ssize_t result);
    void keep_from(std::size_t sent);
    void update(std::size_t sent);
    std::size_t unsent() const { return unsent_.size() - sent_; }

    const posix::UniqueFd socket_;
    ConnectionState state_;
    Interest interest_ = Interest::read;
    bool finished_ = false;
    bool above_high_water_ = false;
    std::size_t sent_ = 0;  // of unsent_
    std::pmr::vector<std::byte> unsent_;
};

}  // namespace iomux::server
