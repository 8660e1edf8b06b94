#pragma once

#include <chrono>
#include <optional>

namespace iomux::posix {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  ///< Nothing: never.

/// `Clock::now()` as of the clock's last tick, some milliseconds ago at most, for a third of the price
/// (CLOCK_MONOTONIC_COARSE).
Clock::time_point last_tick();

inline Deadline earlier(Deadline a, Deadline b) {
    if (!a || !b) return a ? a : b;
    return *a < *b ? a : b;
}

/// For poll(2) and epoll_wait(2): milliseconds until the deadline, rounded up so that the wait does not end, and
/// spin, just before it; -1 for never.
int milliseconds_until(Deadline deadline);

/// For pselect(2): null for never; otherwise `storage`, filled.
timespec* timespec_until(Deadline deadline, timespec& storage);

}  // namespace iomux::posix
