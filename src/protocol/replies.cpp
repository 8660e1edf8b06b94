#include "protocol/replies.hpp"

namespace iomux::protocol {
namespace {

constexpr std::size_t longest_mark = 4;

}  // namespace

Replies::Replies(std::size_t limit, std::pmr::memory_resource* memory)
    : limit_(limit), copies_(memory), adopted_(memory) {}

void Replies::refer_behind(Bytes bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    Bytes& last = pieces_[count_ - 1];
    if (last.data() + last.size() == bytes.data()) {
        last = {last.data(), last.size() + bytes.size()};
        return;
    }
    pieces_[count_++] = bytes;
}

void Replies::copy(Bytes bytes) {
    if (bytes.empty()) return;
    // Below the limit one more reply is accepted, so its copied parts can exceed the limit.
    if (copies_.capacity() == 0)
        copies_.reserve(limit_ + refer_from + ProtocolConfig::longest_suffix + 2 * longest_mark);
    const std::size_t begin = copies_.size();
    copies_.insert(copies_.end(), bytes.begin(), bytes.end());
    refer(Bytes(copies_).subspan(begin));
}

void Replies::release() {
    clear();
    if (copies_.capacity() != 0) free(copies_);
}

void Replies::free(std::pmr::vector<std::byte>& memory) {
    std::pmr::vector<std::byte>(memory.get_allocator()).swap(memory);
}

}  // namespace iomux::protocol
