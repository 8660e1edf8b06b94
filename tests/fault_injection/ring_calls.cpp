// Replaces liburing's functions that submit requests to an io_uring, and changes requests before they are submitted.
#include <dlfcn.h>
#include <liburing.h>

#include <optional>

#include "injection.hpp"

namespace iomux::faults {
namespace {

// IORING_NOP_INJECT_RESULT (Linux 6.10), which liburing 2.3 does not define: the request does nothing, and completes
// with the result that it contains.
constexpr unsigned inject_result = 1;

std::optional<Call> call_of(const io_uring_sqe& request) {
    switch (request.opcode) {
        case IORING_OP_ACCEPT: return Call::accept;
        case IORING_OP_RECV:
        case IORING_OP_RECVMSG: return Call::receive;
        case IORING_OP_SEND:
        case IORING_OP_SENDMSG: return Call::send;
        default: return std::nullopt;
    }
}

void make_fail(io_uring_sqe& request, int error) {
    const std::uint64_t tag = request.user_data;
    ::io_uring_prep_nop(&request);
    request.rw_flags = inject_result;
    request.len = static_cast<unsigned>(-error);
    request.user_data = tag;
}

void move_one_byte(io_uring_sqe& request) {
    // The kernel reads it until the next request is submitted.
    thread_local iovec first;
    thread_local msghdr message;
    if (request.opcode == IORING_OP_SENDMSG || request.opcode == IORING_OP_RECVMSG) {
        message = *reinterpret_cast<const msghdr*>(request.addr);
        first = {message.msg_iov->iov_base, 1};
        message.msg_iov = &first;
        message.msg_iovlen = 1;
        request.addr = reinterpret_cast<std::uint64_t>(&message);
    } else if (request.len > 0) {
        // A multishot receive has no length: it fills a buffer.
        request.len = 1;
    }
}

void inject(io_uring& ring) {
    for (unsigned next = ring.sq.sqe_head; next != ring.sq.sqe_tail; ++next) {
        io_uring_sqe& request = ring.sq.sqes[next & ring.sq.ring_mask];
        const std::optional<Call> call = call_of(request);
        if (!call || !is_to_fail(*call)) continue;
        injected_error() == Fault::one_byte ? move_one_byte(request) : make_fail(request, injected_error());
    }
}

}  // namespace

bool injects_into_rings() { return true; }

bool ring_requests_can_fail() {
    io_uring ring;
    if (::io_uring_queue_init(2, &ring, 0) < 0) return false;
    make_fail(*::io_uring_get_sqe(&ring), EMFILE);
    io_uring_cqe* done = nullptr;
    const bool can = ::io_uring_submit_and_wait_timeout(&ring, &done, 1, nullptr, nullptr) > 0 && done->res == -EMFILE;
    ::io_uring_queue_exit(&ring);
    return can;
}

}  // namespace iomux::faults

extern "C" {

int io_uring_submit(io_uring* ring) {
    static const auto next = reinterpret_cast<decltype(&::io_uring_submit)>(::dlsym(RTLD_NEXT, "io_uring_submit"));
    iomux::faults::inject(*ring);
    return next(ring);
}

// io_uring_wait_cqe(3) is inline and calls this function.
int __io_uring_get_cqe(io_uring* ring, io_uring_cqe** first, unsigned submitted, unsigned count, sigset_t* mask) {
    static const auto next =
        reinterpret_cast<decltype(&::__io_uring_get_cqe)>(::dlsym(RTLD_NEXT, "__io_uring_get_cqe"));
    if (iomux::faults::is_to_fail(iomux::faults::Call::wait)) return -iomux::faults::injected_error();
    return next(ring, first, submitted, count, mask);
}

int io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** first, unsigned count, __kernel_timespec* timeout,
                                     sigset_t* mask) {
    static const auto next = reinterpret_cast<decltype(&::io_uring_submit_and_wait_timeout)>(
        ::dlsym(RTLD_NEXT, "io_uring_submit_and_wait_timeout"));
    if (iomux::faults::is_to_fail(iomux::faults::Call::wait)) return -iomux::faults::injected_error();
    iomux::faults::inject(*ring);
    return next(ring, first, count, timeout, mask);
}

}  // extern "C"
