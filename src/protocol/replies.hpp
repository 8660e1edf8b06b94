#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "protocol/dialect.hpp"

namespace iomux::protocol {

/// Replies on their way out: pieces of bytes, to be sent in order (a gather list).
///
/// Large payloads are referred to where they lie, small ones are copied side by side, since a piece costs the
/// kernel more than a few hundred bytes. A piece refers to the bytes given to `Session::receive` or to memory
/// of this object, and is valid until `clear` or until the giver reuses those bytes.
///
/// Bounded: once `full()`, a session holds back what it has not answered. `size()` then exceeds the limit by
/// one reply at most.
class Replies {
public:
    /// Payloads of this many bytes and more are referred to, not copied.
    static constexpr std::size_t refer_from = 4096;
    static constexpr std::size_t most_pieces = 16;

    /// `limit`: bytes of replies from which on it is full. Memory comes from `memory` when it is first needed.
    Replies(std::size_t limit, std::pmr::memory_resource* memory);

    std::span<const Bytes> pieces() const { return {pieces_.data(), count_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return count_ == 0; }
    bool full() const { return size_ >= limit_ || count_ + pieces_a_reply > pieces_.size(); }

    /// Adds bytes by reference. Bytes that lie behind the last piece extend it.
    void refer(Bytes bytes) {
        if (count_ == 0 && !bytes.empty()) {
            pieces_[0] = bytes;
            count_ = 1;
            size_ = bytes.size();
        } else {
            refer_behind(bytes);
        }
    }
    /// Adds a copy: for payloads shorter than `refer_from`, a frame's marks and the suffix.
    void copy(Bytes bytes);
    /// Whether the replies to another `receive` may come behind those to an earlier one.
    bool takes_more() const { return !full() && adopted_.empty(); }
    /// Becomes the owner of memory that pieces refer to.
    void adopt(std::pmr::vector<std::byte>&& memory) { adopted_ = std::move(memory); }

    void clear() {
        count_ = 0;
        size_ = 0;
        copies_.clear();
        if (adopted_.capacity() != 0) free(adopted_);
    }
    /// Clears, and gives back the memory: for those who keep one a connection.
    void release();

private:
    // A mark, a payload and a suffix; the next mark lies behind the suffix and extends its piece.
    static constexpr std::size_t pieces_a_reply = 3;

    void refer_behind(Bytes bytes);
    static void free(std::pmr::vector<std::byte>& memory);

    std::array<Bytes, most_pieces> pieces_;
    std::size_t count_ = 0;
    std::size_t size_ = 0;
    std::size_t limit_;
    // Never grows beyond what it reserves at first, so that pieces stay where they are.
    std::pmr::vector<std::byte> copies_;
    std::pmr::vector<std::byte> adopted_;
};

}  // namespace iomux::protocol
