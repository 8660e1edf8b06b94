#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace iomux::server {

/// First come, first served, from thread to thread; `most` may wait.
template <class T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t most) : most_(most) {}

    /// False, and `one` is as it was, where the line is as long as it may be.
    bool push(T& one) {
        const std::lock_guard lock(mutex_);
        if (line_.size() >= most_) return false;
        line_.push_back(std::move(one));
        changed_.notify_one();
        return true;
    }

    /// Sleeps until somebody is there. Nothing: the line is closed, and empty.
    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !line_.empty(); });
        if (line_.empty()) return std::nullopt;
        std::optional<T> first(std::move(line_.front()));
        line_.pop_front();
        return first;
    }

    /// Nobody more will come.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

private:
    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> line_;
    bool closed_ = false;
};

}  // namespace iomux::server
