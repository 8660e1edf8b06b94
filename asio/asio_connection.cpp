#include "asio_connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "posix/socket.hpp"

namespace iomux::asio {
namespace {

// Bytes of an idle connection's buffer. It doubles whenever a read fills it.
constexpr std::size_t first_buffer_size = 512;

// The operation was cancelled or, for a blocking call, interrupted. The socket itself is fine.
bool is_cut_short(const error_code& error) {
    if (!error) return false;
    return error == net::error::operation_aborted || error == net::error::interrupted ||
           error == net::error::would_block;
}

}  // namespace

AsioConnection::AsioConnection(Stream socket, Connections<AsioConnection>& connections, const server::PeerName& name,
                               server::ConnectionSlot slot)
    : connections_(connections),
      socket_(std::move(socket)),
      state_(connections.loop(), socket_.native_handle(), this, name, std::move(slot)),
      buffer_(std::min(first_buffer_size, loop().settings.limits.receive_size), loop().memory) {
    connections_.add(*this);
}

AsioConnection::~AsioConnection() { connections_.remove(*this); }

net::mutable_buffer AsioConnection::room() {
    reading_ = true;
    return net::buffer(buffer_.data(), state_.receivable(buffer_.size()));
}

void AsioConnection::on_received(const error_code& error, std::size_t size) {
    reading_ = false;
    if (size > 0) {
        filled_ = size == buffer_.size();
        state_.received(std::span(buffer_).first(size), borrow_replies());
    } else if (error == net::error::eof) {
        state_.received_end();
    } else if (error && !is_cut_short(error)) {
        state_.failed(error.value());
    }
}

bool AsioConnection::replies_due() {
    if (state_.has_failed()) return false;
    if (state_.holding() && !has_unsent()) state_.resume(borrow_replies());
    if (expired_) {
        // A read had completed when the time ran out. Its replies would be too late.
        state_.expire(has_unsent());
        return false;
    }
    if (has_unsent()) {
        state_.wait_until_writable(0);
        return true;
    }
    give_back_replies();
    state_.wait_for_client();
    update();
    return false;
}

void AsioConnection::sent(const error_code& error, std::size_t size) {
    loop().counters.bytes_sent += size;
    sent_of_piece_ += size;
    state_.wait_until_writable(size);
    if (is_cut_short(error)) return;
    if (error) state_.failed(error.value());
    if (!error && sent_of_piece_ < replies_->pieces()[pieces_sent_].size()) return;
    sent_of_piece_ = 0;
    if (!error && ++pieces_sent_ < replies_->pieces().size()) return;
    pieces_sent_ = 0;
    replies_->clear();
}

// Called between the last write and the next read, when no operation refers to the buffers.
void AsioConnection::update() {
    if (std::exchange(filled_, false))
        buffer_.resize(std::min(2 * buffer_.size(), loop().settings.limits.receive_size));
    if (std::exchange(asked_to_drain_, false)) state_.drain(socket_.native_handle());
    if (state_.input_over() && !lingering()) {
        error_code ignored;  // the next read returns it
        socket_.shutdown(Stream::shutdown_send, ignored);
        state_.linger();
    }
}

void AsioConnection::ask_to_drain() {
    asked_to_drain_ = true;
    if (reading_) socket_.cancel();
}

void AsioConnection::ask_to_end() {
    state_.expire(has_unsent());
    expired_ = true;
    error_code ignored;  // close(2) closes the socket even if it returns an error
    socket_.close(ignored);
}

}  // namespace iomux::asio
