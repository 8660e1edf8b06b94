#include "server/connection.hpp"

#include <algorithm>
#include <cerrno>

namespace iomux::server {

using protocol::Bytes;
using protocol::Replies;

Connection::Connection(AcceptedSocket accepted, LoopContext& loop)
    : socket_(std::move(accepted.socket)),
      state_(loop, socket_.get(), this, accepted.name, std::move(accepted.slot)),
      unsent_(loop.memory) {}

bool Connection::received_nothing(ssize_t result) {
    if (result == 0) {
        state_.received_end();
    } else if (errno == EAGAIN) {
        ++loop().counters.would_block;
    } else if (errno != EINTR) {
        state_.failed(errno);
    } else {
        return true;
    }
    return false;
}

Due Connection::gather() {
    if (finished_) return {};
    if (state_.holding() && unsent() <= loop().settings.limits.low_water) state_.resume(loop().replies);
    GatherList& list = loop().gather_list;
    list.clear();
    if (unsent() > 0) list.add(Bytes(unsent_).subspan(sent_));
    for (const Bytes piece : loop().replies.pieces()) list.add(piece);
    if (list.empty()) update(0);
    return list.due();
}

bool Connection::keep_unsent(ssize_t result) {
    const bool interrupted = result < 0 && errno == EINTR;
    if (result < 0 && errno == EAGAIN)
        ++loop().counters.would_block;
    else if (result < 0 && errno != EINTR)
        state_.failed(errno);
    const std::size_t due = unsent() + loop().replies.size();
    const std::size_t sent = result > 0 ? static_cast<std::size_t>(result) : 0;
    loop().counters.bytes_sent += sent;
    keep_from(sent);
    update(sent);
    return interrupted || sent == due;
}

// Keeps what lies behind the first `sent` bytes of the unsent bytes and the replies.
void Connection::keep_from(std::size_t sent) {
    Replies& replies = loop().replies;
    const std::size_t from_unsent = std::min(sent, unsent());
    sent_ += from_unsent;
    std::size_t skip = sent - from_unsent;
    if (skip < replies.size() && !state_.has_failed()) {
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
void Connection::update(std::size_t sent) {
    const Limits& limits = loop().settings.limits;
    if (unsent() >= limits.high_water) above_high_water_ = true;
    if (unsent() <= limits.low_water) above_high_water_ = false;
    const bool writes = unsent() > 0 || state_.holding();
    writes ? state_.wait_until_writable(sent) : state_.wait_for_client();
    if (state_.input_over() && !state_.lingering() && !writes) {
        // If the client has disconnected, the next read says so.
        ::shutdown(fd(), SHUT_WR);
        state_.linger();
    }
    finished_ = state_.has_failed() || (state_.input_ended() && !writes);
    const bool reads = !finished_ && (state_.lingering() || (state_.takes_messages() && !above_high_water_));
    interest_ = static_cast<Interest>((reads ? 1u : 0u) | (writes ? 2u : 0u));
}

void Connection::expire() {
    state_.expire(wants_write());
    finished_ = true;
    interest_ = Interest::none;
}

void Connection::drain() {
    state_.drain(fd());
    update(0);
}

}  // namespace iomux::server
