#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// A descriptor that becomes readable when it is notified (eventfd(2)), so that other threads and signal handlers can
/// wake a thread that waits for it.
class EventFd {
public:
    EventFd() : fd_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "cannot create an eventfd")) {}

    int fd() const { return fd_.get(); }

    /// Async-signal-safe.
    void notify() const noexcept {
        const int saved = errno;
        const std::uint64_t one = 1;
        // It fails only if the counter is at its maximum, and then the descriptor is already readable.
        if (::write(fd_.get(), &one, sizeof one) < 0) errno = saved;
    }

    /// Blocks until it is notified.
    void wait() const {
        pollfd polled{fd(), POLLIN, 0};
        while (ready_count(::poll(&polled, 1, -1), "poll") == 0) continue;
    }

    /// Makes it unreadable again. Returns whether it had been notified.
    bool clear() const noexcept {
        const int saved = errno;
        std::uint64_t count = 0;
        if (::read(fd_.get(), &count, sizeof count) > 0) return true;
        errno = saved;
        return false;
    }

private:
    UniqueFd fd_;
};

}  // namespace iomux::posix
