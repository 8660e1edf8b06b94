#include "ring_connection.hpp"

#include <algorithm>
#include <utility>

namespace iomux::raw {

using protocol::Bytes;

RingConnection::RingConnection(server::AcceptedSocket accepted, server::LoopContext& loop, RingPools& pools)
    : socket_(std::move(accepted.socket)),
      state_(loop, socket_.get(), this, accepted.name, std::move(accepted.slot)),
      pools_(pools),
      waiting_(loop.memory) {}

// Replies may refer to the buffer, which is then kept until they are sent. If buffers are scarce or earlier replies
// come first, the bytes are copied and the buffer is given back: a client that does not read must not keep many.
void RingConnection::on_received(unsigned id, std::size_t size) {
    const Bytes bytes = pools_.buffers.take(id, size);
    PendingSend& out = borrow_replies();
    const bool at_once =
        !writing && state_.takes_messages() && waiting_.empty() && out.replies.takes_more() && !pools_.buffers.scarce();
    if (at_once || !state_.input_open()) {
        state_.received(bytes.first(state_.receivable(size)), out.replies);
        if (out.keeps(id, bytes)) return;
    } else {
        keep(bytes);
    }
    pools_.buffers.give_back(id);
}

// A vector doubles its capacity, so a large one would take twice the memory of its bytes.
void RingConnection::keep(Bytes bytes) {
    constexpr std::size_t step = 64 * 1024;
    if (waiting_.size() + bytes.size() > waiting_.capacity() && waiting_.capacity() >= step)
        waiting_.reserve(waiting_.capacity() + std::max(step, bytes.size()));
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
}

server::Due RingConnection::due() {
    while (!has_replies() && (state_.holding() || !waiting_.empty())) answer_waiting();
    if (!has_replies()) {
        give_back_replies();
        state_.wait_for_client();
        return {};
    }
    state_.wait_until_writable(0);
    return replies_->due();
}

void RingConnection::answer_waiting() {
    if (state_.holding()) return state_.resume(borrow_replies().replies);
    PendingSend& out = borrow_replies();
    const Bytes bytes = out.keep(waiting_);
    state_.received(bytes.first(state_.receivable(bytes.size())), out.replies);
}

void RingConnection::on_sent(std::size_t size) {
    state_.loop().counters.bytes_sent += size;
    replies_->sent(size);
    if (replies_->unsent() > 0) return state_.wait_until_writable(size);
    give_back_replies();
    state_.wait_for_client();
}

void RingConnection::add_spare_replies() {
    pools_.replies.push_back(
        std::make_unique<PendingSend>(state_.loop().settings.limits.high_water, state_.loop().memory));
}

}  // namespace iomux::raw
