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

server::Due PendingSend::gather() {
    list_.clear();
    std::size_t skip = sent_;
    for (const Bytes piece : replies.pieces()) {
        const Bytes rest = piece.subspan(std::min(skip, piece.size()));
        skip -= piece.size() - rest.size();
        if (!rest.empty()) list_.add(rest);
    }
    return list_.due();
}

void PendingSend::clear(ProvidedBuffers& buffers) {
    for (std::size_t i = 0; i < kept_count_; ++i) buffers.give_back(kept_[i]);
    kept_count_ = 0;
    sent_ = 0;
    replies.clear();
    if (input_.capacity() > 0) std::pmr::vector<std::byte>(input_.get_allocator()).swap(input_);
}

}  // namespace iomux::raw
