#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <system_error>
#include <utility>

#include "posix/clock.hpp"

namespace iomux::posix {

/// Tries again to listen at an address that is in use, for a limited time. When a process is killed, the kernel may
/// free its addresses some milliseconds after its end: those that an io_uring holds.
class BindRetry {
public:
    using Sleep = std::function<void(std::chrono::nanoseconds time)>;

    static constexpr std::chrono::nanoseconds longest_pause = std::chrono::milliseconds(10);

    /// The time begins now. With 0 an address is tried once. `sleep` waits between two tries; it may throw.
    BindRetry(std::chrono::nanoseconds time, Sleep sleep) : end_(Clock::now() + time), sleep_(std::move(sleep)) {}

    /// Calls `open` until it succeeds. Throws what `open` throws if the address is still in use at the end of the time,
    /// and any other error at once.
    template <class Open>
    auto until_free(Open open) const {
        for (;;) {
            const std::chrono::nanoseconds left = end_ - Clock::now();
            try {
                return open();
            } catch (const std::system_error& error) {
                if (error.code() != std::errc::address_in_use || left.count() <= 0) throw;
            }
            sleep_(std::min(longest_pause, left));
        }
    }

private:
    Clock::time_point end_;
    Sleep sleep_;
};

}  // namespace iomux::posix
