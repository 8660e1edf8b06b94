#pragma once

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
class ProvidedBuffers {
public:
    /// A buffer has at most `most` bytes. Throws std::system_error if the kernel refuses the buffers.
    ProvidedBuffers(Ring& ring, const RingOptions& options, std::size_t most);
    ~ProvidedBuffers();
    ProvidedBuffers(const ProvidedBuffers&) = delete;
    ProvidedBuffers& operator=(const ProvidedBuffers&) = delete;

    static constexpr unsigned short group = 0;

    /// The kernel has filled buffer `id`. It belongs to the server until `give_back`.
    std::span<std::byte> take(unsigned id, std::size_t size) {
        --free_;
        return std::span(memory_).subspan(id * stride_, size);
    }
    void give_back(unsigned id) {
        ::io_uring_buf_ring_add(queue_.get(), memory_.data() + id * stride_, static_cast<unsigned>(size_),
                                static_cast<unsigned short>(id), ::io_uring_buf_ring_mask(count_), 0);
        ::io_uring_buf_ring_advance(queue_.get(), 1);
        ++free_;
    }

    /// Bytes of each buffer.
    std::size_t size() const { return size_; }
    /// At least half are taken: copy the bytes and give buffers back early, so that the kernel does not run out.
    bool scarce() const { return free_ <= count_ / 2; }

private:
    struct Free {
        void operator()(io_uring_buf_ring* queue) const { ::operator delete(queue, alignment); }
    };
    static constexpr std::align_val_t alignment{4096};

    Ring& ring_;
    const unsigned count_;
    const std::size_t size_;
    // One cache line more than the size. With a power of two all buffers would begin in the same few cache sets.
    const std::size_t stride_ = size_ + 64;
    std::vector<std::byte> memory_ = std::vector<std::byte>(count_ * stride_);
    std::unique_ptr<io_uring_buf_ring, Free> queue_;  // the free buffers, shared with the kernel
    unsigned free_ = 0;
};

}  // namespace iomux::raw
