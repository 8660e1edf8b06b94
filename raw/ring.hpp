#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>

#include "posix/clock.hpp"
#include "server/settings.hpp"

namespace iomux::raw {

/// What was asked of the kernel. Travels with a request, and comes back with its completions.
enum class Operation : std::uint8_t { accept, receive, send, datagrams, stop, cancel };

/// What became of a request (io_uring_cqe, io_uring_enter(2)).
struct Completion {
    Operation operation;
    void* of;             ///< Whom it was asked for.
    int result;           ///< As the system call's, but with the error as a negative errno.
    std::uint32_t flags;  ///< IORING_CQE_F_...

    /// A multishot request is still with the kernel, and more completions of it will come.
    bool more() const { return (flags & IORING_CQE_F_MORE) != 0; }
    /// Which of the provided buffers was filled.
    unsigned buffer() const { return flags >> IORING_CQE_BUFFER_SHIFT; }
};

/// An io_uring: a queue of requests to the kernel, and one of completions from it, in memory shared with it.
class Ring {
public:
    /// Throws std::system_error: `cannot make an io_uring: Operation not permitted`.
    explicit Ring(const server::Ring& settings);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// From here on it is used by the calling thread, and by no other: the kernel need not expect any (SINGLE_ISSUER).
    void start();

    /// The next request, to be filled in by one of io_uring_prep_...(3). It is handed over with the others by
    /// `submit_and_wait`, or before, when the queue is full. `of`: aligned to 8 bytes.
    io_uring_sqe* request(Operation operation, void* of);
    /// Ends what was asked for `of`, which completes with -ECANCELED unless it has just completed.
    void cancel(Operation operation, void* of);
    /// Ends all that was asked on the descriptor.
    void cancel_all(int fd);

    /// Hands over the requests, and waits until something is completed, or the deadline has come: one system call.
    void submit_and_wait(posix::Deadline deadline);

    /// Takes the completions that are there, and says how many there were. One that `visit` throws at is taken too.
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
    /// More was completed than the queue holds: the kernel keeps the rest, and some multishot requests have ended.
    bool has_overflowed() const { return io_uring_cq_has_overflow(&ring_); }

    /// Without SINGLE_ISSUER and DEFER_TASKRUN: by the settings, or since the kernel has them not.
    bool is_plain() const { return (ring_.flags & IORING_SETUP_DEFER_TASKRUN) == 0; }

    io_uring* get() { return &ring_; }

private:
    static constexpr std::uint64_t operation_bits = 7;

    // All at once, at the end: the kernel may fill them again.
    struct Taken {
        io_uring* ring;
        unsigned count = 0;
        ~Taken() { io_uring_cq_advance(ring, count); }
    };

    static std::uint64_t key(Operation operation, void* of) {
        return reinterpret_cast<std::uint64_t>(of) | static_cast<std::uint64_t>(operation);
    }

    io_uring ring_;
};

/// Has a multishot receive end after so many bytes (0: never), where receives can be limited.
void limit(io_uring_sqe& receive, unsigned bytes);
/// Whether this kernel can (Linux 6.17).
bool receives_can_be_limited();

}  // namespace iomux::raw
