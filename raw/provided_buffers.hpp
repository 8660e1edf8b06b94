#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "protocol/dialect.hpp"
#include "ring.hpp"

namespace iomux::raw {

/// Memory for the kernel to receive into: it picks a buffer when there is something to receive, so that nobody who
/// merely waits has one (io_uring_register_buf_ring(3), Linux 5.19). liburing 2.3 registers memory, and allocates none.
class ProvidedBuffers {
public:
    /// `most`: bytes of a buffer. Throws std::system_error where the kernel does not take them.
    ProvidedBuffers(Ring& ring, const server::Ring& settings, std::size_t most);
    ~ProvidedBuffers();
    ProvidedBuffers(const ProvidedBuffers&) = delete;
    ProvidedBuffers& operator=(const ProvidedBuffers&) = delete;

    static constexpr unsigned short group = 0;

    /// The kernel has filled buffer `id`: it is ours until it is given back.
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

    /// Bytes each.
    std::size_t size() const { return size_; }
    /// Most are taken: who can do without one gives it back, so that the kernel has some for everybody.
    bool scarce() const { return free_ <= count_ / 2; }

private:
    struct Free {
        void operator()(io_uring_buf_ring* queue) const { ::operator delete(queue, alignment); }
    };
    static constexpr std::align_val_t alignment{4096};

    Ring& ring_;
    const unsigned count_;
    const std::size_t size_;
    // A line more than the size: at a power of two the beginnings of all buffers would share a few sets of the cache.
    const std::size_t stride_ = size_ + 64;
    std::vector<std::byte> memory_ = std::vector<std::byte>(count_ * stride_);
    std::unique_ptr<io_uring_buf_ring, Free> queue_;  // of those that are free, to the kernel
    unsigned free_ = 0;
};

}  // namespace iomux::raw
