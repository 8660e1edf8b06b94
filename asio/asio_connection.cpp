#include "asio_connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "posix/socket.hpp"

namespace iomux::asio {
namespace {

// An idle connection's buffer. It doubles whenever a read fills it.
constexpr std::size_t first_buffer_size = 512;

// Cancelled or, where a call would have gone on waiting, woken: nothing is wrong with the socket.
bool is_cut_short(const error_code& error) {
    return error == net::error::operation_aborted || error == net::error::interrupted ||
           error == net::error::would_block;
}

}  // namespace

AsioConnection::AsioConnection(Stream socket, Connections<AsioConnection>& connections, const server::PeerName& name,
                               server::ConnectionSlot slot)
    : ConnectionState(connections.loop(), socket.native_handle(), name, std::move(slot)),
      connections_(connections),
      socket_(std::move(socket)),
      buffer_(std::min(first_buffer_size, loop().settings.limits.receive_size), loop().memory) {
    connections_.add(*this);
}

AsioConnection::~AsioConnection() {
    connections_.remove(*this);
    give_up_slot();
}

net::mutable_buffer AsioConnection::room() {
    reading_ = true;
    return net::buffer(buffer_.data(), receivable(buffer_.size()));
}

void AsioConnection::on_received(const error_code& error, std::size_t size) {
    reading_ = false;
    if (size > 0) {
        filled_ = size == buffer_.size();
        received(std::span(buffer_).first(size), borrow_replies());
    } else if (error == net::error::eof) {
        received_end();
    } else if (error && !is_cut_short(error)) {
        failed(error.value());
    }
}

bool AsioConnection::replies_due() {
    if (has_failed()) return false;
    if (holding() && !has_unsent()) resume(borrow_replies());
    if (expired_) {
        // A read that was done as time ran out: its replies come too late.
        ConnectionState::expire(has_unsent());
        return false;
    }
    if (has_unsent()) {
        wait_for_room(0);
        return true;
    }
    give_back_replies();
    wait_for_client();
    settle();
    return false;
}

net::const_buffer AsioConnection::piece() const {
    const protocol::Bytes rest = replies_->pieces()[pieces_sent_].subspan(sent_of_piece_);
    return {rest.data(), rest.size()};
}

void AsioConnection::sent(const error_code& error, std::size_t size) {
    loop().counters.bytes_sent += size;
    sent_of_piece_ += size;
    wait_for_room(size);
    if (is_cut_short(error)) return;
    if (error) failed(error.value());
    if (!error && sent_of_piece_ < replies_->pieces()[pieces_sent_].size()) return;
    sent_of_piece_ = 0;
    if (!error && ++pieces_sent_ < replies_->pieces().size()) return;
    pieces_sent_ = 0;
    replies_->clear();
}

protocol::Replies& AsioConnection::borrow_replies() {
    if (!replies_) replies_ = connections_.lend_replies();
    return *replies_;
}

void AsioConnection::give_back_replies() {
    if (replies_) connections_.give_back(std::move(replies_));
}

// Between the last write and the next read: nothing refers to the buffers now.
void AsioConnection::settle() {
    if (std::exchange(filled_, false))
        buffer_.resize(std::min(2 * buffer_.size(), loop().settings.limits.receive_size));
    if (std::exchange(asked_to_drain_, false)) drain(socket_.native_handle());
    if (input_over() && !lingering()) {
        error_code gone_already;  // which the next read says
        socket_.shutdown(Stream::shutdown_send, gone_already);
        linger();
    }
}

void AsioConnection::ask_to_drain() {
    asked_to_drain_ = true;
    if (reading_) socket_.cancel();
}

void AsioConnection::expire() {
    ConnectionState::expire(has_unsent());
    expired_ = true;
    error_code ignored;  // it is closed whatever close(2) says
    socket_.close(ignored);
}

}  // namespace iomux::asio
