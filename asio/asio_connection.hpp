#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <vector>

#include "connections.hpp"
#include "server/connection_state.hpp"
#include "stream.hpp"

namespace iomux::asio {

/// An Asio socket, the state of its connection, and the memory that an operation in flight refers to. A proactor's
/// buffers belong to the operation, so each connection has its own while it waits.
///
/// One operation at a time: the replies to one read are sent before the next read starts. So a client that does not
/// take its replies is not read either, and the unsent bytes never exceed one read's replies, which are bounded by the
/// high-water mark (what is beyond it waits inside the session).
class AsioConnection : public ConnectionsHook {
public:
    /// Adds itself to `connections`, and removes itself when it is destroyed.
    AsioConnection(Stream socket, Connections<AsioConnection>& connections, const server::PeerName& name,
                   server::ConnectionSlot slot);
    ~AsioConnection();

    Stream& socket() { return socket_; }
    server::ConnectionState& state() { return state_; }
    server::LoopContext& loop() const { return state_.loop(); }
    bool waits_for(server::WaitReason reason) const { return state_.waits_for(reason); }
    bool lingering() const { return state_.lingering(); }
    /// The connection that has this timeout.
    static AsioConnection& of(const server::ConnectionTimeout& timeout) {
        return *static_cast<AsioConnection*>(timeout.owner());
    }

    /// The buffer for the next read, which starts now.
    net::mutable_buffer room();
    /// The read has completed.
    void on_received(const error_code& error, std::size_t size);

    bool has_unsent() const { return replies_ && !replies_->empty(); }
    /// Returns whether replies are due. If so, write them piece by piece before the next read.
    bool replies_due();
    /// The unsent part of the next piece. Most replies have one piece, and a list would make every operation larger.
    net::const_buffer piece() const {
        const protocol::Bytes rest = replies_->pieces()[pieces_sent_].subspan(sent_of_piece_);
        return {rest.data(), rest.size()};
    }
    /// The write has completed. It may have sent only a part of the piece.
    void sent(const error_code& error, std::size_t size);

    /// To be destroyed: nothing more will be received, and nothing more can be sent. If it is false and no replies are
    /// due, a read may start.
    bool finished() const { return state_.has_failed() || state_.input_ended() || expired_; }

    /// The server stops: what has been received is answered, and nothing else. Cancels a read in flight.
    void ask_to_drain();
    /// Time is up: closes the socket, so the operation in flight completes at once with an error.
    void ask_to_end();

private:
    protocol::Replies& borrow_replies() {
        if (!replies_) replies_ = connections_.lend_replies();
        return *replies_;
    }
    void give_back_replies() {
        if (replies_) connections_.give_back(std::move(replies_));
    }
    void update();

    Connections<AsioConnection>& connections_;
    Stream socket_;
    server::ConnectionState state_;
    std::pmr::vector<std::byte> buffer_;
    std::unique_ptr<protocol::Replies> replies_;  // while replies are due
    std::size_t pieces_sent_ = 0;
    std::size_t sent_of_piece_ = 0;
    bool reading_ = false;
    bool filled_ = false;  // by the last read
    bool asked_to_drain_ = false;
    bool expired_ = false;
};

}  // namespace iomux::asio
