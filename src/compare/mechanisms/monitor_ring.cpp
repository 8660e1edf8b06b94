#include <liburing.h>
#include <poll.h>

#include <algorithm>
#include <vector>

#include "compare/mechanisms/monitor_mechanisms.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

constexpr unsigned entries = 1024;

// The same flags as in the io_uring server: the kernel runs deferred work when the program waits (Linux 6.1). Older
// kernels run it at any time.
int make(io_uring& ring) {
    const int made = ::io_uring_queue_init(entries, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    return made == -EINVAL ? ::io_uring_queue_init(entries, &ring, 0) : made;
}

void check(int result, const char* what) {
    if (result < 0 && result != -EINTR) posix::throw_errno(what, -result);
}

class RingMonitor final : public Monitor {
public:
    explicit RingMonitor(std::span<const int> descriptors) : watched_(descriptors.size()) {
        check(make(ring_), "cannot create an io_uring");
        for (const int fd : descriptors) start_poll(fd);
        check(::io_uring_submit(&ring_), "io_uring_enter");
    }

    // Cancel the polls now. Otherwise they would end some time after the ring is closed, and would slow down the next
    // monitor, because they stay in the descriptors' wait queues.
    ~RingMonitor() override {
        io_uring_sqe* cancel = ::io_uring_get_sqe(&ring_);
        if (cancel != nullptr) {
            ::io_uring_prep_cancel64(cancel, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
            ::io_uring_sqe_set_data64(cancel, not_a_poll);
            while (watched_ > 0 && ::io_uring_submit_and_wait(&ring_, 1) >= 0) take_completions();
        }
        ::io_uring_queue_exit(&ring_);
    }

    std::span<const int> wait() override {
        ready_.clear();
        check(::io_uring_submit_and_wait(&ring_, 1), "io_uring_enter");
        take_completions();
        return ready_;
    }

private:
    static constexpr std::uint64_t not_a_poll = ~std::uint64_t{0};

    void start_poll(int fd) {
        io_uring_sqe* request = ::io_uring_get_sqe(&ring_);
        while (request == nullptr) {
            check(::io_uring_submit(&ring_), "io_uring_enter");
            request = ::io_uring_get_sqe(&ring_);
        }
        ::io_uring_prep_poll_multishot(request, fd, POLLIN);
        ::io_uring_sqe_set_data64(request, static_cast<std::uint64_t>(fd));
    }

    void take_completions() {
        unsigned head = 0;
        unsigned count = 0;
        io_uring_cqe* done = nullptr;
        io_uring_for_each_cqe(&ring_, head, done) {
            ++count;
            if (done->user_data == not_a_poll) continue;
            const int fd = static_cast<int>(done->user_data);
            if (done->res >= 0) ready_.push_back(fd);
            if ((done->flags & IORING_CQE_F_MORE) != 0) continue;
            // A poll that ended after a report is started again; a cancelled poll is not.
            if (done->res >= 0)
                start_poll(fd);
            else
                --watched_;
        }
        ::io_uring_cq_advance(&ring_, count);
    }

    io_uring ring_{};
    std::size_t watched_;
    std::vector<int> ready_;
};

}  // namespace

std::unique_ptr<Monitor> watch_by_ring(std::span<const int> descriptors) {
    return std::make_unique<RingMonitor>(descriptors);
}

std::optional<std::string> obstacle_to_ring(std::span<const int>) {
    io_uring ring{};
    if (const int made = make(ring); made < 0) return "cannot create an io_uring: " + posix::error_of(-made).message();
    ::io_uring_queue_exit(&ring);
    return std::nullopt;
}

}  // namespace iomux::compare
