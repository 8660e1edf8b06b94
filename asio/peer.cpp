#include "peer.hpp"

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

Peer::Peer(Stream socket, Peers<Peer>& peers, const server::PeerName& name, server::Seat seat)
    : Exchange(peers.loop(), socket.native_handle(), name, std::move(seat)),
      peers_(peers),
      socket_(std::move(socket)),
      buffer_(std::min(first_buffer_size, loop().settings.limits.receive_size), loop().memory) {
    peers_.add(*this);
}

Peer::~Peer() {
    peers_.remove(*this);
    give_up_seat();
}

net::mutable_buffer Peer::room() {
    reading_ = true;
    return net::buffer(buffer_.data(), receivable(buffer_.size()));
}

void Peer::took(const error_code& error, std::size_t size) {
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

bool Peer::replies_due() {
    if (has_failed()) return false;
    if (holding() && !has_unsent()) resume(borrow_replies());
    if (expired_) {
        // A read that was done as time ran out: its replies come too late.
        Exchange::expire(has_unsent());
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

net::const_buffer Peer::piece() const {
    const protocol::Bytes rest = replies_->pieces()[pieces_sent_].subspan(sent_of_piece_);
    return {rest.data(), rest.size()};
}

void Peer::sent(const error_code& error, std::size_t size) {
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

protocol::Replies& Peer::borrow_replies() {
    if (!replies_) replies_ = peers_.lend_replies();
    return *replies_;
}

void Peer::give_back_replies() {
    if (replies_) peers_.give_back(std::move(replies_));
}

// Between the last write and the next read: nothing refers to the buffers now.
void Peer::settle() {
    if (std::exchange(filled_, false))
        buffer_.resize(std::min(2 * buffer_.size(), loop().settings.limits.receive_size));
    if (std::exchange(asked_to_drain_, false)) drain(socket_.native_handle());
    if (input_over() && !lingering()) {
        error_code gone_already;  // which the next read says
        socket_.shutdown(Stream::shutdown_send, gone_already);
        linger();
    }
}

void Peer::ask_to_drain() {
    asked_to_drain_ = true;
    if (reading_) socket_.cancel();
}

void Peer::expire() {
    Exchange::expire(has_unsent());
    expired_ = true;
    error_code ignored;  // it is closed whatever close(2) says
    socket_.close(ignored);
}

}  // namespace iomux::asio
