#include "ring.hpp"

#include <cerrno>
#include <memory>

#include "mechanisms.hpp"
#include "posix/error.hpp"

namespace iomux::raw {
namespace {

// Throws if `result` is a negative errno.
void check(int result, const char* what) {
    if (result < 0) posix::throw_errno(what, -result);
}

// `flags` are IORING_SETUP_...
int make(io_uring& ring, const RingOptions& options, unsigned flags) {
    io_uring_params params{};
    params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED;
    params.cq_entries = 4 * options.entries;
    return ::io_uring_queue_init_params(options.entries, &ring, &params);
}

struct Exit {
    void operator()(io_uring* ring) const { ::io_uring_queue_exit(ring); }
};
using Owned = std::unique_ptr<io_uring, Exit>;

}  // namespace

void check_submitted(int result) {
    if (result != -EINTR && result != -EAGAIN && result != -EBUSY) check(result, "io_uring_enter");
}

__kernel_timespec* timespec_until(posix::Deadline deadline, __kernel_timespec& storage) {
    timespec left;
    if (posix::timespec_until(deadline, left) == nullptr) return nullptr;
    storage = {.tv_sec = left.tv_sec, .tv_nsec = left.tv_nsec};
    return &storage;
}

Ring::Ring(const RingOptions& options) {
    // The kernel completes requests in this thread while it waits, and does not interrupt it (Linux 6.1).
    constexpr unsigned one_thread = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int made = options.plain ? -EINVAL : make(ring_, options, one_thread);
    if (made == -EINVAL) made = make(ring_, options, 0);
    check(made, "cannot create an io_uring");
}

Ring::~Ring() { ::io_uring_queue_exit(&ring_); }

void Ring::start() {
    // The same as io_uring_enable_rings(3), which liburing.so 2.3 does not export.
    check(::io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0),
          "cannot start an io_uring");
    // Saves the kernel a lookup in the descriptor table. Before Linux 5.18 it fails, and nothing else changes.
    static_cast<void>(::io_uring_register_ring_fd(&ring_));
}

io_uring_sqe* Ring::request_from_full_queue() {
    for (;;) {
        check_submitted(::io_uring_submit(&ring_));
        if (io_uring_sqe* request = ::io_uring_get_sqe(&ring_)) return request;
    }
}

void Ring::cancel(Operation operation, void* of) {
    ::io_uring_prep_cancel64(request(Operation::cancel, nullptr), key(operation, of), 0);
}

void Ring::cancel_all(int fd) {
    ::io_uring_prep_cancel_fd(request(Operation::cancel, nullptr), fd, IORING_ASYNC_CANCEL_ALL);
}

// The kernel's header calls this field `optlen`. liburing 2.3 knows it only by another name in the same union.
void limit(io_uring_sqe& receive, unsigned bytes) { receive.file_index = bytes; }

bool receives_can_be_limited() {
    io_uring ring;
    if (::io_uring_queue_init(2, &ring, 0) < 0) return false;
    const Owned owned(&ring);
    constexpr int no_socket = -1;
    io_uring_sqe* const request = ::io_uring_get_sqe(&ring);
    ::io_uring_prep_recv_multishot(request, no_socket, nullptr, 0, 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    limit(*request, 1);
    io_uring_cqe* done = nullptr;
    // The kernel checks the request before it looks up the socket: EBADF means that it accepted the limit.
    return ::io_uring_submit_and_wait_timeout(&ring, &done, 1, nullptr, nullptr) >= 0 && done->res == -EBADF;
}

std::optional<std::string> io_uring_unavailable() {
    io_uring ring;
    const int made = ::io_uring_queue_init(2, &ring, 0);
    if (made == -ENOSYS) return "this kernel has no io_uring";
    if (made == -EPERM)
        return "io_uring is not permitted (by a sandbox's seccomp filter, or by the sysctl kernel.io_uring_disabled)";
    if (made < 0) return "cannot create an io_uring: " + posix::error_of(-made).message();
    const Owned owned(&ring);
    const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe(::io_uring_get_probe_ring(&ring),
                                                                           ::io_uring_free_probe);
    // There is no probe for multishot receive. It came with the same kernel as this operation.
    if (!probe || !::io_uring_opcode_supported(probe.get(), IORING_OP_SEND_ZC))
        return "this kernel's io_uring has no multishot receive (Linux 6.0)";
    return std::nullopt;
}

}  // namespace iomux::raw
