#include "compare/mechanisms/ring_read.hpp"

#include <liburing.h>

#include <memory>

#include "posix/error.hpp"

namespace iomux::compare {

std::optional<std::string> read_by_ring(int fd, std::size_t size) {
    io_uring ring{};
    if (::io_uring_queue_init(1, &ring, 0) < 0) return std::nullopt;
    const std::unique_ptr<io_uring, void (*)(io_uring*)> owned(&ring, ::io_uring_queue_exit);
    std::string bytes(size, '\0');
    ::io_uring_prep_read(::io_uring_get_sqe(&ring), fd, bytes.data(), static_cast<unsigned>(size), 0);
    if (const int submitted = ::io_uring_submit_and_wait(&ring, 1); submitted < 0)
        posix::throw_errno("io_uring_enter", -submitted);
    io_uring_cqe* done = nullptr;
    if (const int got = ::io_uring_peek_cqe(&ring, &done); got < 0) posix::throw_errno("io_uring", -got);
    if (done->res < 0) posix::throw_errno("cannot read with io_uring", -done->res);
    bytes.resize(static_cast<std::size_t>(done->res));
    return bytes;
}

}  // namespace iomux::compare
