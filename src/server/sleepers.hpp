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
/// To wake: each descriptor is made non-blocking, for the calls to come, and each thread gets a signal (SIGURG), for
/// the call that it may be in, which then fails with EINTR (signal(7)). So none is missed between its look at
/// `awake` and its call.
class Sleepers {
public:
    Sleepers();

    /// From here to the end of its life the calling thread sleeps on `fd`, which stays open as long.
    class Sleeper {
    public:
        Sleeper(Sleepers& all, int fd);
        ~Sleeper();
        Sleeper(const Sleeper&) = delete;
        Sleeper& operator=(const Sleeper&) = delete;

    private:
        friend class Sleepers;
        Sleepers& all_;
        const int fd_;
        const pthread_t thread_ = ::pthread_self();
        std::list<Sleeper*>::iterator self_;
    };

    /// Nobody sleeps in a call from now on; what is left to do has time until `deadline`.
    void wake(posix::Clock::time_point deadline);
    bool awake() const { return awake_.load(std::memory_order_acquire); }
    /// Once `awake`.
    posix::Clock::time_point deadline() const { return deadline_; }
    /// Sleeps until `fd` is readable, or until `wake`: where calls on it do not block, or have been enough for a turn.
    void wait_readable(int fd) const;
    /// Sleeps on nothing, until then or until `wake`.
    void rest(posix::Clock::time_point until);

private:
    std::mutex mutex_;
    std::condition_variable woken_;
    std::list<Sleeper*> all_;
    std::atomic<bool> awake_ = false;
    posix::Clock::time_point deadline_;
};

}  // namespace iomux::server
