#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>

#include "posix/event_fd.hpp"
#include "server/counters.hpp"

namespace iomux::server {

/// Threads with small stacks (pthread_attr_setstacksize(3)), which std::thread cannot have, that end by themselves.
class ThreadGroup {
public:
    /// What a thread does. It counts for itself.
    using Work = std::function<void(Counters& counters)>;

    /// `failed` is notified when a thread has ended by an exception.
    ThreadGroup(std::size_t stack_size, const posix::EventFd& failed) : stack_size_(stack_size), failed_(failed) {}
    ~ThreadGroup() { wait(); }
    ThreadGroup(const ThreadGroup&) = delete;
    ThreadGroup& operator=(const ThreadGroup&) = delete;

    /// 0, or the errno for which no thread could be made.
    int start(Work work);
    /// Starts one that must not be missing. Throws std::system_error.
    void start_needed(Work work);

    /// Until all have ended.
    void wait();
    /// Once they have: adds what they have counted, and throws what one of them threw.
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
