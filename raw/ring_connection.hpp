#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <vector>

#include "pending_send.hpp"
#include "provided_buffers.hpp"
#include "server/acceptor.hpp"
#include "server/connection_state.hpp"
#include "server/due.hpp"

namespace iomux::raw {

/// What the connections of one ring borrow and give back. A connection that waits holds none of it.
struct RingPools {
    ProvidedBuffers buffers;
    std::vector<std::unique_ptr<PendingSend>> replies{};
};

/// A socket, the state of its connection, and which of its requests the kernel has. It exists until all of them have
/// completed.
///
/// It makes one send at a time, of everything that is due. Bytes received meanwhile wait in memory of its own, because
/// a connection that does not take its replies must not occupy provided buffers.
class RingConnection {
public:
    RingConnection(server::AcceptedSocket accepted, server::LoopContext& loop, RingPools& pools);
    RingConnection(const RingConnection&) = delete;
    RingConnection& operator=(const RingConnection&) = delete;

    int fd() const { return socket_.get(); }
    server::ConnectionState& state() { return state_; }
    /// The connection that has this timeout.
    static RingConnection& of(const server::ConnectionTimeout& timeout) {
        return *static_cast<RingConnection*>(timeout.owner());
    }

    /// The kernel has filled a provided buffer.
    void on_received(unsigned id, std::size_t size);
    /// Answers what was received, and returns what to send now. If nothing is due, everything is answered and sent.
    /// The memory does not change until `on_sent`.
    server::Due due();
    void on_sent(std::size_t size);
    /// Time is up: nothing more is received or sent.
    void expire() { state_.expire(unsent() > 0); }
    /// No replies are due, or none can be sent any more.
    void give_back_replies() {
        if (!replies_) return;
        replies_->clear(pools_.buffers);
        pools_.replies.push_back(std::move(replies_));
    }

    /// Bytes kept for a client that does not read its replies.
    std::size_t unsent() const { return waiting_.size() + (replies_ ? replies_->unsent() : 0); }
    /// Bytes received and not yet given to `state`.
    std::size_t unanswered() const { return waiting_.size(); }
    /// Everything received is answered, the replies are sent, and the kernel has a receive: there is nothing to do.
    bool waits_for_client() const {
        return state_.takes_messages() && reading && !at_end && !replies_ && waiting_.empty() && !state_.has_failed() &&
               !closing;
    }

    bool reading = false;         ///< The kernel has a receive.
    bool read_cancelled = false;  ///< The kernel was asked to end it.
    bool writing = false;         ///< The kernel has a send.
    bool at_end = false;          ///< The end of file was received.
    bool dirty = false;           ///< To be updated at the end of this turn.
    bool drained = false;         ///< The server stops, and what had been received by then is known.
    bool closing = false;         ///< To be destroyed once the kernel has none of its requests.

private:
    bool has_replies() const { return replies_ && !replies_->replies.empty(); }
    void keep(protocol::Bytes bytes);
    void answer_waiting();
    PendingSend& borrow_replies() {
        if (replies_) return *replies_;
        if (pools_.replies.empty()) add_spare_replies();
        replies_ = std::move(pools_.replies.back());
        pools_.replies.pop_back();
        return *replies_;
    }
    void add_spare_replies();

    const posix::UniqueFd socket_;
    server::ConnectionState state_;
    RingPools& pools_;
    std::unique_ptr<PendingSend> replies_;  // while they are due
    std::pmr::vector<std::byte> waiting_;   // received bytes, answered once earlier replies are sent
};

}  // namespace iomux::raw
