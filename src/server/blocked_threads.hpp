#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>

#include "posix/clock.hpp"

namespace iomux::server {

/// Threads that sleep in system calls, and the descriptors they sleep on, so that a stop wakes all of them.
///
/// To interrupt: each descriptor is made non-blocking, for the calls to come, and each thread gets a signal (SIGURG),
/// for the call that it may be in, which then fails with EINTR (signal(7)). So none is missed between its look at
/// `interrupted` and its call.
class BlockedThreads {
public:
    BlockedThreads();

    /// From here to the end of its life the calling thread sleeps on `fd`, which stays open as long.
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

    /// Nobody sleeps in a call from now on; what is left to do has time until `deadline`.
    void interrupt(posix::Clock::time_point deadline);
    bool interrupted() const { return interrupted_.load(std::memory_order_acquire); }
    /// Once `interrupted`.
    posix::Clock::time_point deadline() const { return deadline_; }
    /// Sleeps until `fd` is readable, or until `interrupt`: where calls on it do not block, or have been enough for a
    /// turn.
    void wait_readable(int fd) const;
    /// Sleeps on nothing, until then or until `interrupt`.
    void rest(posix::Clock::time_point until);

private:
    std::mutex mutex_;
    std::condition_variable woken_;
    std::list<Registration*> all_;
    std::atomic<bool> interrupted_ = false;
    posix::Clock::time_point deadline_;
};

}  // namespace iomux::server
