#include "ring_connection.hpp"

#include <algorithm>
#include <utility>

namespace iomux::raw {

using protocol::Bytes;

RingConnection::RingConnection(server::AcceptedSocket client, server::LoopContext& loop, RingPools& pools)
    : ConnectionState(loop, client.socket.get(), client.name, std::move(client.slot)),
      socket_(std::move(client.socket)),
      pools_(pools),
      waiting_(loop.memory) {}

// Replies may refer to the buffer, which is then kept until they are sent. Where buffers are scarce, or earlier
// replies come first, the bytes are copied and the buffer goes back: who does not read must not keep many.
void RingConnection::on_received(unsigned id, std::size_t size) {
    const Bytes bytes = pools_.buffers.take(id, size);
    PendingSend& out = borrow_replies();
    const bool at_once =
        !writing && takes_messages() && waiting_.empty() && out.replies.takes_more() && !pools_.buffers.scarce();
    if (at_once || !input_open()) {
        received(bytes.first(receivable(size)), out.replies);
        if (out.keeps(id, bytes)) return;
    } else {
        keep(bytes);
    }
    pools_.buffers.give_back(id);
}

// A vector doubles, and much that waits would take twice its size.
void RingConnection::keep(Bytes bytes) {
    constexpr std::size_t step = 64 * 1024;
    if (waiting_.size() + bytes.size() > waiting_.capacity() && waiting_.capacity() >= step)
        waiting_.reserve(waiting_.capacity() + std::max(step, bytes.size()));
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
}

bool RingConnection::replies_due() {
    const auto due = [this] { return replies_ && !replies_->replies.empty(); };
    while (!due() && (holding() || !waiting_.empty())) answer_waiting();
    if (due()) {
        wait_for_room(0);
        return true;
    }
    give_back_replies();
    wait_for_client();
    return false;
}

void RingConnection::answer_waiting() {
    if (holding()) return resume(borrow_replies().replies);
    PendingSend& out = borrow_replies();
    const Bytes bytes = out.keep(waiting_);
    received(bytes.first(receivable(bytes.size())), out.replies);
}

void RingConnection::sent(std::size_t size) {
    loop().counters.bytes_sent += size;
    replies_->sent(size);
    if (replies_->unsent() > 0) return wait_for_room(size);
    give_back_replies();
    wait_for_client();
}

PendingSend& RingConnection::borrow_replies() {
    if (replies_) return *replies_;
    auto& spare = pools_.replies;
    if (spare.empty()) spare.push_back(std::make_unique<PendingSend>(loop().settings.limits.high_water, loop().memory));
    replies_ = std::move(spare.back());
    spare.pop_back();
    return *replies_;
}

void RingConnection::give_back_replies() {
    if (!replies_) return;
    replies_->clear(pools_.buffers);
    pools_.replies.push_back(std::move(replies_));
}

}  // namespace iomux::raw
