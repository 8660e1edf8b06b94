// What an io_uring is asked for, rewritten just before it is handed over, in front of liburing's own functions.
#include <dlfcn.h>
#include <liburing.h>

#include <optional>

#include "injection.hpp"

namespace iomux::faults {
namespace {

// IORING_NOP_INJECT_RESULT of Linux 6.10, which liburing 2.3 does not know: a request that does nothing but complete
// with the result that it brings along.
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
    const std::uint64_t whose = request.user_data;
    ::io_uring_prep_nop(&request);
    request.rw_flags = inject_result;
    request.len = static_cast<unsigned>(-error);
    request.user_data = whose;
}

void move_one_byte(io_uring_sqe& request) {
    // It is the kernel's until the next one is handed over.
    thread_local iovec first;
    thread_local msghdr message;
    if (request.opcode == IORING_OP_SENDMSG || request.opcode == IORING_OP_RECVMSG) {
        message = *reinterpret_cast<const msghdr*>(request.addr);
        first = {message.msg_iov->iov_base, 1};
        message.msg_iov = &first;
        message.msg_iovlen = 1;
        request.addr = reinterpret_cast<std::uint64_t>(&message);
    } else if (request.len > 0) {
        // A multishot receive has no length: it takes what a buffer holds.
        request.len = 1;
    }
}

void inject(io_uring& ring) {
    for (unsigned next = ring.sq.sqe_head; next != ring.sq.sqe_tail; ++next) {
        io_uring_sqe& request = ring.sq.sqes[next & ring.sq.ring_mask];
        const std::optional<Call> call = call_of(request);
        if (!call || !suffers(*call)) continue;
        error_injected() == Fault::one_byte ? move_one_byte(request) : make_fail(request, error_injected());
    }
}

}  // namespace

bool rings_suffer() { return true; }

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

// What io_uring_wait_cqe(3), which is inline, comes to.
int __io_uring_get_cqe(io_uring* ring, io_uring_cqe** first, unsigned submitted, unsigned count, sigset_t* mask) {
    static const auto next =
        reinterpret_cast<decltype(&::__io_uring_get_cqe)>(::dlsym(RTLD_NEXT, "__io_uring_get_cqe"));
    if (iomux::faults::suffers(iomux::faults::Call::wait)) return -iomux::faults::error_injected();
    return next(ring, first, submitted, count, mask);
}

int io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** first, unsigned count, __kernel_timespec* timeout,
                                     sigset_t* mask) {
    static const auto next = reinterpret_cast<decltype(&::io_uring_submit_and_wait_timeout)>(
        ::dlsym(RTLD_NEXT, "io_uring_submit_and_wait_timeout"));
    if (iomux::faults::suffers(iomux::faults::Call::wait)) return -iomux::faults::error_injected();
    iomux::faults::inject(*ring);
    return next(ring, first, count, timeout, mask);
}

}  // extern "C"
