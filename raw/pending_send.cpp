#include "pending_send.hpp"

#include <algorithm>
#include <utility>

namespace iomux::raw {

using protocol::Bytes;

bool PendingSend::keeps(unsigned id, Bytes bytes) {
    const auto lies_in_it = [bytes](Bytes piece) {
        return piece.data() >= bytes.data() && piece.data() < bytes.data() + bytes.size();
    };
    if (std::ranges::none_of(replies.pieces(), lies_in_it)) return false;
    kept_[kept_count_++] = id;
    return true;
}

Bytes PendingSend::keep(std::pmr::vector<std::byte>& input) {
    input_ = std::exchange(input, std::pmr::vector<std::byte>(input.get_allocator()));
    return input_;
}

void PendingSend::prepare(io_uring_sqe* request, int fd) {
    const std::span<const Bytes> pieces = replies.pieces();
    if (pieces.size() == 1) {
        const Bytes rest = pieces.front().subspan(sent_);
        return ::io_uring_prep_send(request, fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    }
    std::size_t count = 0;
    std::size_t skip = sent_;
    for (const Bytes piece : pieces) {
        const Bytes rest = piece.subspan(std::min(skip, piece.size()));
        skip -= piece.size() - rest.size();
        if (!rest.empty()) pieces_[count++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    }
    message_.msg_iov = pieces_.data();
    message_.msg_iovlen = count;
    ::io_uring_prep_sendmsg(request, fd, &message_, MSG_NOSIGNAL);
}

void PendingSend::clear(ProvidedBuffers& buffers) {
    for (std::size_t i = 0; i < kept_count_; ++i) buffers.give_back(kept_[i]);
    kept_count_ = 0;
    sent_ = 0;
    replies.clear();
    std::pmr::vector<std::byte>(input_.get_allocator()).swap(input_);
}

}  // namespace iomux::raw
