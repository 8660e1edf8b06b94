#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>

#include "posix/event_fd.hpp"
#include "server/counters.hpp"

namespace iomux::server {

/// Detached threads with small stacks (pthread_attr_setstacksize(3)), which std::thread does not offer.
class ThreadGroup {
public:
    /// What a thread does. Each thread has counters of its own.
    using Work = std::function<void(Counters& counters)>;

    /// `failed` is notified when a thread has ended with an exception.
    ThreadGroup(std::size_t stack_size, const posix::EventFd& failed) : stack_size_(stack_size), failed_(failed) {}
    ~ThreadGroup() { wait(); }
    ThreadGroup(const ThreadGroup&) = delete;
    ThreadGroup& operator=(const ThreadGroup&) = delete;

    /// Starts a thread. Returns 0, or the errno of pthread_create(3).
    int start(Work work);
    /// Starts a thread that the server cannot do without. Throws std::system_error.
    void start_needed(Work work);

    /// Waits until all threads have ended.
    void wait();
    /// Once all have ended: adds their counters, and throws what a thread threw, if one did.
    void add_up(Counters& counters) const;

private:
    struct Thread;
    void run(Work work) noexcept;

    const std::size_t stack_size_;
    const posix::EventFd& failed_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;
    Counters counted_;
    std::exception_ptr failure_;
};

}  // namespace iomux::server
