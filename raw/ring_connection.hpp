#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <memory_resource>
#include <vector>

#include "pending_send.hpp"
#include "provided_buffers.hpp"
#include "server/acceptor.hpp"
#include "server/connection_state.hpp"

namespace iomux::raw {

/// What the peers of one ring take turns with: who merely waits has none of it.
struct RingPools {
    ProvidedBuffers buffers;
    std::vector<std::unique_ptr<PendingSend>> replies{};
};

/// A socket, what is said on it, and what of it is with the kernel. It lives until all of that has come back.
///
/// One send at a time, of all that is due. What is received meanwhile waits, in provided buffers or, where those are
/// scarce or it would not be answered yet, in memory of its own.
class RingConnection : public server::ConnectionState {
public:
    RingConnection(server::AcceptedSocket client, server::LoopContext& loop, RingPools& pools);
    ~RingConnection() { give_up_slot(); }

    int fd() const { return socket_.get(); }

    /// The kernel has filled a provided buffer.
    void on_received(unsigned id, std::size_t size);
    /// Answers what has been received. False: everything is answered, and sent.
    bool replies_due();
    /// Those that are due.
    PendingSend& replies() { return *replies_; }
    void sent(std::size_t size);
    /// None are due, or none can be sent any more.
    void give_back_replies();

    /// Bytes kept for a client that does not read its replies.
    std::size_t unsent() const { return waiting_.size() + (replies_ ? replies_->unsent() : 0); }
    /// Received, and no message of the exchange's yet.
    std::size_t unanswered() const { return waiting_.size(); }
    /// All that has come is answered, the answers are sent, and a receive is with the kernel: nothing is to be done.
    bool waits_for_client() const {
        return takes_messages() && reading && !at_end && !replies_ && waiting_.empty() && !has_failed() && !closing;
    }

    bool reading = false;         ///< The kernel has a receive.
    bool read_cancelled = false;  ///< And has been asked to end it.
    bool writing = false;         ///< The kernel has a send.
    bool at_end = false;          ///< The end of file has come behind what was received.
    bool dirty = false;           ///< By a completion of this turn.
    bool drained = false;         ///< The server stops, and what had been received by then is known.
    bool closing = false;         ///< To be destroyed once the kernel has nothing of it.
    std::list<RingConnection>::iterator self;

private:
    void keep(protocol::Bytes bytes);
    void answer_waiting();
    PendingSend& borrow_replies();

    const posix::UniqueFd socket_;
    RingPools& pools_;
    std::unique_ptr<PendingSend> replies_;  // while they are due
    std::pmr::vector<std::byte> waiting_;   // received, to be answered once the replies before are sent
};

}  // namespace iomux::raw
