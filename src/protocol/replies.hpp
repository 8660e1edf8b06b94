#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "protocol/protocol_config.hpp"

namespace iomux::protocol {

/// Replies to send: a gather list of pieces, to be sent in order.
///
/// Large payloads are referenced where they are. Small ones are copied next to each other, because a further piece
/// costs the kernel more than copying a few hundred bytes. A piece refers to the bytes given to `Session::receive` or
/// to memory of this object. It is valid until `clear` or until the caller reuses those bytes.
///
/// The size is limited: when `full()`, a session stops answering and keeps the remaining messages. `size()` exceeds the
/// limit by at most one reply.
class Replies {
public:
    /// Payloads of at least this many bytes are referenced, not copied.
    static constexpr std::size_t refer_from = 4096;
    static constexpr std::size_t most_pieces = 16;

    /// `limit` is the number of reply bytes at which it is full. It allocates from `memory` when it first needs to.
    Replies(std::size_t limit, std::pmr::memory_resource* memory);

    std::span<const Bytes> pieces() const { return {pieces_.data(), count_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return count_ == 0; }
    bool full() const { return size_ >= limit_ || count_ + pieces_per_reply > pieces_.size(); }

    /// Adds bytes by reference. Bytes that directly follow the last piece in memory extend it.
    void refer(Bytes bytes) {
        if (count_ == 0 && !bytes.empty()) {
            pieces_[0] = bytes;
            count_ = 1;
            size_ = bytes.size();
        } else {
            refer_behind(bytes);
        }
    }
    /// Adds a copy. It is for payloads shorter than `refer_from`, frame marks and the suffix.
    void copy(Bytes bytes);
    /// Whether the replies to another `receive` may be added.
    bool takes_more() const { return !full() && adopted_.empty(); }
    /// Takes ownership of memory that pieces refer to.
    void adopt(std::pmr::vector<std::byte>&& memory) { adopted_ = std::move(memory); }

    void clear() {
        count_ = 0;
        size_ = 0;
        copies_.clear();
        if (adopted_.capacity() != 0) free(adopted_);
    }
    /// Clears and frees the memory, for servers that keep one object per connection.
    void release();

private:
    // A mark, a payload and a suffix. The next mark is stored after the suffix and extends its piece.
    static constexpr std::size_t pieces_per_reply = 3;

    void refer_behind(Bytes bytes);
    static void free(std::pmr::vector<std::byte>& memory);

    std::array<Bytes, most_pieces> pieces_;
    std::size_t count_ = 0;
    std::size_t size_ = 0;
    std::size_t limit_;
    // It never grows beyond its first reservation, so pieces stay valid.
    std::pmr::vector<std::byte> copies_;
    std::pmr::vector<std::byte> adopted_;
};

}  // namespace iomux::protocol
