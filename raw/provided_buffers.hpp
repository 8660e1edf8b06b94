#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "protocol/protocol_config.hpp"
#include "ring.hpp"

namespace iomux::raw {

/// Buffers that the kernel receives into (io_uring_register_buf_ring(3), Linux 5.19). It picks one when bytes arrive,
/// so a connection that waits occupies none. liburing 2.3 registers memory but does not allocate it.
///
/// The kernel uses the buffers that it has in turn, and the more there are, the fewer of them stay in the processor's
/// cache. So it has only as many as the open connections need. With all 128, a message of 64 KiB costs a tenth more
/// (8 connections).
class ProvidedBuffers {
public:
    /// A buffer has at most `most` bytes. Throws std::system_error if the kernel refuses the buffers.
    ProvidedBuffers(Ring& ring, const RingOptions& options, std::size_t most);
    ~ProvidedBuffers();
    ProvidedBuffers(const ProvidedBuffers&) = delete;
    ProvidedBuffers& operator=(const ProvidedBuffers&) = delete;

    static constexpr unsigned short group = 0;

    /// A connection was opened.
    void opened() {
        needed_ += per_connection_;
        offer();
    }
    /// A connection was closed.
    void closed() { needed_ -= per_connection_; }

    /// The kernel has filled buffer `id`. It belongs to the server until `give_back`.
    std::span<std::byte> take(unsigned id, std::size_t size) {
        --offered_;
        offer();
        return {at(id), size};
    }
    void give_back(unsigned id) {
        spare_.push_back(id);
        offer();
    }

    /// Bytes of each buffer.
    std::size_t size() const { return size_; }
    /// At least half are taken: copy the bytes and give buffers back early, so that the kernel does not run out.
    bool scarce() const { return offered_ + spare_.size() <= count_ / 2; }

private:
    struct Free {
        void operator()(io_uring_buf_ring* queue) const { ::operator delete(queue, alignment); }
    };
    static constexpr std::align_val_t alignment{4096};
    // The kernel copies faster to the beginning of a cache line.
    struct alignas(64) CacheLine {
        std::array<std::byte, 64> bytes;
    };

    std::byte* at(unsigned id) { return memory_[id * lines_].bytes.data(); }

    // Offers spare buffers to the kernel until it has as many as are needed. Those that were used last come first.
    void offer() {
        while (offered_ < needed_ && !spare_.empty()) {
            const unsigned id = spare_.back();
            spare_.pop_back();
            ::io_uring_buf_ring_add(queue_.get(), at(id), static_cast<unsigned>(size_), static_cast<unsigned short>(id),
                                    ::io_uring_buf_ring_mask(count_), 0);
            ::io_uring_buf_ring_advance(queue_.get(), 1);
            ++offered_;
        }
    }

    Ring& ring_;
    const unsigned count_;
    const std::size_t size_;
    // As many as the longest receive of the other servers fills.
    const std::size_t per_connection_;
    // One cache line more than the size. With a power of two all buffers would begin in the same few cache sets.
    const std::size_t lines_ = (size_ + sizeof(CacheLine) - 1) / sizeof(CacheLine) + 1;
    std::vector<CacheLine> memory_ = std::vector<CacheLine>(count_ * lines_);
    std::unique_ptr<io_uring_buf_ring, Free> queue_;  // the buffers that the kernel may fill, shared with it
    std::size_t offered_ = 0;                         // how many it has
    // How many it should have, if there are spare ones. A message often comes in two parts, so one connection needs
    // more.
    std::size_t needed_ = per_connection_;
    std::vector<unsigned> spare_;  // buffers that neither the kernel nor the server uses
};

}  // namespace iomux::raw
