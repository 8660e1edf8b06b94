#pragma once

#include <atomic>
#include <chrono>
#include <optional>

namespace iomux::posix {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  ///< Nothing: never.

/// `Clock::now()` at the clock's last tick, at most a few milliseconds ago. It costs a third of `Clock::now()`
/// (CLOCK_MONOTONIC_COARSE).
Clock::time_point last_tick();

/// A deadline that several threads may read while another sets it.
class AtomicDeadline {
public:
    Deadline load() const {
        const Clock::rep due = due_.load(std::memory_order_relaxed);
        if (due == never) return std::nullopt;
        return Clock::time_point(Clock::duration(due));
    }
    void store(Deadline due) { due_.store(due ? due->time_since_epoch().count() : never, std::memory_order_relaxed); }

private:
    static constexpr Clock::rep never = Clock::duration::max().count();
    std::atomic<Clock::rep> due_ = never;
};

inline Deadline earlier(Deadline a, Deadline b) {
    if (!a || !b) return a ? a : b;
    return *a < *b ? a : b;
}

/// For poll(2) and epoll_wait(2): milliseconds until the deadline; -1 for never. They are rounded up, because a wait
/// that ends just before the deadline would make the caller spin.
int milliseconds_until(Deadline deadline);

/// For pselect(2): the time until the deadline, in `storage`; null for never.
timespec* timespec_until(Deadline deadline, timespec& storage);

}  // namespace iomux::posix
