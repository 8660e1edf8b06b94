#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>

#include "posix/clock.hpp"

namespace iomux::server {

/// Threads that sleep in system calls, and the descriptors that they sleep on, so that a stop wakes all of them.
///
/// `interrupt` makes each descriptor non-blocking, for later calls, and sends each thread a signal (SIGURG), for a call
/// that it is in now, which then fails with EINTR (signal(7)). So no thread is missed between its check of
/// `interrupted` and its call.
class BlockedThreads {
public:
    BlockedThreads();

    /// While it exists, the calling thread may sleep on `fd`, which stays open until then.
    class Registration {
    public:
        Registration(BlockedThreads& all, int fd);
        ~Registration();
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

    private:
        friend class BlockedThreads;
        BlockedThreads& all_;
        const int fd_;
        const pthread_t thread_ = ::pthread_self();
        std::list<Registration*>::iterator self_;
    };

    /// No thread sleeps in a call any more. What is left to do has time until `deadline`.
    void interrupt(posix::Clock::time_point deadline);
    bool interrupted() const { return interrupted_.load(std::memory_order_acquire); }
    /// Call it only once `interrupted` returns true.
    posix::Clock::time_point deadline() const { return deadline_; }
    /// Sleeps until `fd` is readable, or until `interrupt`. For a descriptor whose calls do not block, or have used up
    /// a turn's budget.
    void wait_readable(int fd) const;
    /// Sleeps until that time or until `interrupt`.
    void sleep_until(posix::Clock::time_point until);

private:
    std::mutex mutex_;
    std::condition_variable woken_;
    std::list<Registration*> all_;
    std::atomic<bool> interrupted_ = false;
    posix::Clock::time_point deadline_;
};

}  // namespace iomux::server
