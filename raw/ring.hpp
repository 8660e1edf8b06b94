#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>

#include "mechanism_options.hpp"
#include "posix/clock.hpp"

namespace iomux::raw {

/// The kind of a request. It is part of the request's tag, and returns with its completions.
enum class Operation : std::uint8_t { accept, receive, send, datagrams, stop, cancel };

/// The result of a request (io_uring_cqe, io_uring_enter(2)).
struct Completion {
    Operation operation;
    void* of;             ///< The object that the request was made for.
    int result;           ///< The result of the system call, or a negative errno.
    std::uint32_t flags;  ///< IORING_CQE_F_...

    /// The multishot request stays with the kernel and will complete again.
    bool more() const { return (flags & IORING_CQE_F_MORE) != 0; }
    /// The id of the provided buffer that was filled.
    unsigned buffer() const { return flags >> IORING_CQE_BUFFER_SHIFT; }
};

/// `result` is that of a call that submits requests. Throws if it has failed, and not if the call is to be repeated: a
/// signal has interrupted it (-EINTR), or the kernel lacks memory for requests (-EAGAIN) or room for completions
/// (-EBUSY), so that its completions must be taken first.
void check_submitted(int result);
/// For io_uring_submit_and_wait_timeout(3): the time until the deadline, in `storage`; null for never.
__kernel_timespec* timespec_until(posix::Deadline deadline, __kernel_timespec& storage);

/// An io_uring: a queue of requests and a queue of completions, in memory that the kernel shares.
class Ring {
public:
    /// Throws std::system_error: `cannot create an io_uring: Operation not permitted`.
    explicit Ring(const RingOptions& options);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Enables the ring. From now on only the calling thread uses it (SINGLE_ISSUER).
    void start();

    /// Returns the next request, to be filled in by one of io_uring_prep_...(3). The next wait submits it, or an
    /// earlier call if the queue is full. `of` is aligned to 8 bytes.
    io_uring_sqe* request(Operation operation, void* of) {
        io_uring_sqe* request = ::io_uring_get_sqe(&ring_);
        if (request == nullptr) request = request_from_full_queue();
        ::io_uring_sqe_set_data64(request, key(operation, of));
        return request;
    }
    /// Cancels the request with this tag. It completes with -ECANCELED unless it has just completed.
    void cancel(Operation operation, void* of);
    /// Cancels all requests for this descriptor.
    void cancel_all(int fd);

    /// Calls `visit` with each completion in the queue, and returns their number. If `visit` throws, the completions up
    /// to that one are consumed.
    template <class Visit>
    std::size_t for_each_completion(Visit visit) {
        unsigned head = 0;
        Taken taken{&ring_};
        io_uring_cqe* done = nullptr;
        io_uring_for_each_cqe(&ring_, head, done) {
            ++taken.count;
            visit(Completion{.operation = static_cast<Operation>(done->user_data & operation_bits),
                             // NOLINTNEXTLINE(performance-no-int-to-ptr): a request's tag is a number to the kernel
                             .of = reinterpret_cast<void*>(done->user_data & ~operation_bits),
                             .result = done->res,
                             .flags = done->flags});
        }
        return taken.count;
    }
    /// The completion queue was full: the kernel keeps the other completions, and some multishot requests have ended.
    bool has_overflowed() const { return io_uring_cq_has_overflow(&ring_); }

    /// Created without SINGLE_ISSUER and DEFER_TASKRUN, because of the options or because the kernel lacks them.
    bool is_plain() const { return (ring_.flags & IORING_SETUP_DEFER_TASKRUN) == 0; }

    io_uring* get() { return &ring_; }

private:
    static constexpr std::uint64_t operation_bits = 7;

    // Returns all completions to the kernel at once, at the end.
    struct Taken {
        io_uring* ring;
        unsigned count = 0;
        ~Taken() { io_uring_cq_advance(ring, count); }
    };

    static std::uint64_t key(Operation operation, void* of) {
        return reinterpret_cast<std::uint64_t>(of) | static_cast<std::uint64_t>(operation);
    }

    io_uring_sqe* request_from_full_queue();

    io_uring ring_;
};

/// Ends a multishot receive after that many bytes (0: never). Only if `receives_can_be_limited`.
void limit(io_uring_sqe& receive, unsigned bytes);
/// Whether this kernel can limit a multishot receive (Linux 6.17).
bool receives_can_be_limited();

}  // namespace iomux::raw
