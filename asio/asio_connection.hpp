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

/// An Asio socket, what is said on it, and the memory that an operation in flight refers to: a proactor's buffers
/// belong to the operation, so that every connection has its own, for as long as it waits.
///
/// One operation at a time: the replies to one read are sent before the next read starts. So a client that does not
/// read its replies is not read either, and what is unsent never exceeds one read's replies, themselves bounded by
/// the high-water mark (what is past it waits inside the session).
class AsioConnection : public server::ConnectionState, public ConnectionsHook {
public:
    /// Joins `connections`, and leaves them when it is destroyed.
    AsioConnection(Stream socket, Connections<AsioConnection>& connections, const server::PeerName& name,
                   server::ConnectionSlot slot);
    ~AsioConnection();

    Stream& socket() { return socket_; }

    /// Where the next read goes, which starts now.
    net::mutable_buffer room();
    /// The read has ended.
    void on_received(const error_code& error, std::size_t size);

    bool has_unsent() const { return replies_ && !replies_->empty(); }
    /// Whether replies are due: write them, piece by piece, before the next read.
    bool replies_due();
    /// What of the next piece is unsent. Most replies are one; a gather list would make every operation carry it along.
    net::const_buffer piece() const;
    /// The write has ended, which may have taken less than the piece.
    void sent(const error_code& error, std::size_t size);

    /// To be destroyed: nothing more will come, and nothing more can be sent.
    /// Otherwise, once nothing is due, a read may start.
    bool finished() const { return has_failed() || input_ended() || expired_; }

    /// The server stops: what has been received is answered, and no more. Wakes a read that waits.
    void ask_to_drain();
    /// Time is up: what is in flight ends at once, with an error.
    void expire();

private:
    protocol::Replies& borrow_replies();
    void give_back_replies();
    void settle();

    Connections<AsioConnection>& connections_;
    Stream socket_;
    std::pmr::vector<std::byte> buffer_;
    std::unique_ptr<protocol::Replies> replies_;  // while some are due
    std::size_t pieces_sent_ = 0;
    std::size_t sent_of_piece_ = 0;
    bool reading_ = false;
    bool filled_ = false;  // by the last read
    bool asked_to_drain_ = false;
    bool expired_ = false;
};

}  // namespace iomux::asio
