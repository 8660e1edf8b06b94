#include "provided_buffers.hpp"

#include <algorithm>

#include "posix/error.hpp"

namespace iomux::raw {

ProvidedBuffers::ProvidedBuffers(Ring& ring, const RingOptions& options, std::size_t most)
    : ring_(ring),
      count_(options.buffers),
      size_(std::min(options.buffer_size, most)),
      per_connection_(most / size_),
      queue_(static_cast<io_uring_buf_ring*>(::operator new(count_ * sizeof(io_uring_buf), alignment))) {
    ::io_uring_buf_ring_init(queue_.get());
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(queue_.get());
    registration.ring_entries = count_;
    registration.bgid = group;
    const int registered = ::io_uring_register_buf_ring(ring.get(), &registration, 0);
    if (registered < 0) posix::throw_errno("cannot register buffers with an io_uring", -registered);
    spare_.reserve(count_);
    for (unsigned id = count_; id-- > 0;) spare_.push_back(id);
}

// Unregistered before the memory is freed, so that the kernel does not receive into it any more.
ProvidedBuffers::~ProvidedBuffers() { static_cast<void>(::io_uring_unregister_buf_ring(ring_.get(), group)); }

}  // namespace iomux::raw
