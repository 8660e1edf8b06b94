#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <memory_resource>
#include <vector>

#include "outgoing.hpp"
#include "provided_buffers.hpp"
#include "server/acceptor.hpp"
#include "server/exchange.hpp"

namespace iomux::raw {

/// What the peers of one ring take turns with: who merely waits has none of it.
struct Supplies {
    ProvidedBuffers buffers;
    std::vector<std::unique_ptr<Outgoing>> replies{};
};

/// A socket, what is said on it, and what of it is with the kernel. It lives until all of that has come back.
///
/// One send at a time, of all that is due. What is received meanwhile waits, in provided buffers or, where those are
/// scarce or it would not be answered yet, in memory of its own.
class Peer : public server::Exchange {
public:
    Peer(server::Client client, server::Loop& loop, Supplies& supplies);
    ~Peer() { give_up_seat(); }

    int fd() const { return socket_.get(); }

    /// The kernel has filled a provided buffer.
    void took(unsigned id, std::size_t size);
    /// Answers what has been received. False: everything is answered, and sent.
    bool replies_due();
    /// Those that are due.
    Outgoing& replies() { return *replies_; }
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
    bool touched = false;         ///< By a completion of this turn.
    bool drained = false;         ///< The server stops, and what had been received by then is known.
    bool closing = false;         ///< To be destroyed once the kernel has nothing of it.
    std::list<Peer>::iterator self;

private:
    void keep(protocol::Bytes bytes);
    void answer_waiting();
    Outgoing& borrow_replies();

    const posix::UniqueFd socket_;
    Supplies& supplies_;
    std::unique_ptr<Outgoing> replies_;    // while they are due
    std::pmr::vector<std::byte> waiting_;  // received, to be answered once the replies before are sent
};

}  // namespace iomux::raw
