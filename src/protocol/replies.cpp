#include "protocol/replies.hpp"

namespace iomux::protocol {
namespace {

constexpr std::size_t longest_mark = 4;

}  // namespace

Replies::Replies(std::size_t limit, std::pmr::memory_resource* memory)
    : limit_(limit), copies_(memory), adopted_(memory) {}

void Replies::refer(Bytes bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    if (count_ > 0 && pieces_[count_ - 1].data() + pieces_[count_ - 1].size() == bytes.data()) {
        pieces_[count_ - 1] = {pieces_[count_ - 1].data(), pieces_[count_ - 1].size() + bytes.size()};
        return;
    }
    pieces_[count_++] = bytes;
}

void Replies::copy(Bytes bytes) {
    if (bytes.empty()) return;
    // Below the limit one more reply is taken: its copied parts are what can come on top.
    if (copies_.capacity() == 0)
        copies_.reserve(limit_ + refer_from + Dialect::longest_suffix + 2 * longest_mark);
    const std::size_t begin = copies_.size();
    copies_.insert(copies_.end(), bytes.begin(), bytes.end());
    refer(Bytes(copies_).subspan(begin));
}

void Replies::clear() {
    count_ = 0;
    size_ = 0;
    copies_.clear();
    if (adopted_.capacity() != 0) std::pmr::vector<std::byte>(adopted_.get_allocator()).swap(adopted_);
}

void Replies::release() {
    clear();
    if (copies_.capacity() != 0) std::pmr::vector<std::byte>(copies_.get_allocator()).swap(copies_);
}

}  // namespace iomux::protocol
