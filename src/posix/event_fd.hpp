#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// A descriptor that becomes readable once notified (eventfd(2)), so that a wait can be woken by other threads
/// and by signal handlers.
class EventFd {
public:
    EventFd() : fd_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "cannot make an eventfd")) {}

    int fd() const { return fd_.get(); }

    /// Async-signal-safe.
    void notify() const noexcept {
        const int saved = errno;
        const std::uint64_t one = 1;
        // Fails only where the counter is at its highest, and then the descriptor is readable already.
        if (::write(fd_.get(), &one, sizeof one) < 0) errno = saved;
    }

    /// Sleeps until somebody has notified.
    void wait() const {
        pollfd polled{fd(), POLLIN, 0};
        while (ready_count(::poll(&polled, 1, -1), "poll") == 0) continue;
    }

    /// Makes it unreadable again. False: nobody had notified.
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
