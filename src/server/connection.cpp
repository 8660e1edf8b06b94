#include "server/connection.hpp"

#include <algorithm>
#include <array>

#include "posix/socket.hpp"
#include "posix/transfer.hpp"

namespace iomux::server {

using posix::Transfer;
using protocol::Bytes;
using protocol::Replies;

Connection::Connection(AcceptedSocket client, LoopContext& loop)
    : ConnectionState(loop, client.socket.get(), client.name, std::move(client.slot)),
      socket_(std::move(client.socket)),
      unsent_(loop.memory) {}

Progress Connection::read_some() {
    if (!wants_read()) return {};
    const std::span<std::byte> room = std::span(loop().buffer).first(receivable(loop().buffer.size()));
    const Transfer got = posix::receive(fd(), room);
    if (got.size > 0) {
        received(room.first(got.size), loop().replies);
        // A stream that gives less than there was room for has no more (epoll(7), question 9).
        return {got.size, got.size < room.size()};
    }
    if (got.would_block())
        ++loop().counters.would_block;
    else if (got.error != 0)
        failed(got.error);
    else
        received_end();
    return {0, true};
}

Progress Connection::write_some() {
    const std::span<const Bytes> pieces = loop().replies.pieces();
    // By far the most: one piece, nothing before it, and room for all of it. Nothing changes then.
    if (pieces.size() == 1 && interest_ == Interest::read && takes_messages()) {
        const Transfer sent = posix::send(fd(), pieces.front());
        loop().counters.bytes_sent += sent.size;
        if (sent.size == pieces.front().size()) {
            loop().replies.clear();
            return {sent.size, false};
        }
        return keep_rest(sent);
    }
    if (holding() && unsent() <= loop().settings.limits.low_water) resume(loop().replies);
    if (unsent() > 0 || !loop().replies.empty()) {
        const Transfer sent = send_gathered();
        loop().counters.bytes_sent += sent.size;
        return keep_rest(sent);
    }
    settle(0);
    return {};
}

Transfer Connection::send_gathered() {
    std::array<iovec, 1 + Replies::most_pieces> gathered;
    std::size_t count = 0;
    const auto gather = [&](Bytes bytes) { gathered[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()}; };
    if (unsent() > 0) gather(Bytes(unsent_).subspan(sent_));
    for (const Bytes piece : loop().replies.pieces()) gather(piece);
    return posix::send(fd(), std::span(gathered).first(count));
}

Progress Connection::keep_rest(Transfer sent) {
    if (sent.would_block())
        ++loop().counters.would_block;
    else if (sent.error != 0)
        failed(sent.error);
    const std::size_t due = unsent() + loop().replies.size();
    keep_from(sent.size);
    settle(sent.size);
    return {sent.size, sent.size < due};
}

// Keeps what of the unsent bytes and the replies lies behind the first `sent` bytes.
void Connection::keep_from(std::size_t sent) {
    Replies& replies = loop().replies;
    const std::size_t from_unsent = std::min(sent, unsent());
    sent_ += from_unsent;
    std::size_t skip = sent - from_unsent;
    if (skip < replies.size() && !has_failed()) {
        unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent_));
        sent_ = 0;
        unsent_.reserve(unsent_.size() + replies.size() - skip);
        for (const Bytes piece : replies.pieces()) {
            const Bytes rest = piece.subspan(std::min(skip, piece.size()));
            skip -= piece.size() - rest.size();
            unsent_.insert(unsent_.end(), rest.begin(), rest.end());
        }
    } else if (unsent() == 0 && sent_ > 0) {
        std::pmr::vector<std::byte>(unsent_.get_allocator()).swap(unsent_);
        sent_ = 0;
    }
    replies.clear();
}

// What to wait for from here on, after `sent` bytes were sent.
void Connection::settle(std::size_t sent) {
    const Limits& limits = loop().settings.limits;
    if (unsent() >= limits.high_water) above_high_water_ = true;
    if (unsent() <= limits.low_water) above_high_water_ = false;
    const bool writes = unsent() > 0 || holding();
    writes ? wait_for_room(sent) : wait_for_client();
    if (input_over() && !lingering() && !writes) {
        // A peer that is gone already shows at the next read.
        ::shutdown(fd(), SHUT_WR);
        linger();
    }
    finished_ = has_failed() || (input_ended() && !writes);
    const bool reads = !finished_ && (lingering() || (takes_messages() && !above_high_water_));
    interest_ = static_cast<Interest>((reads ? 1u : 0u) | (writes ? 2u : 0u));
}

}  // namespace iomux::server
