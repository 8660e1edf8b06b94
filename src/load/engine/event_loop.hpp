#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "posix/clock.hpp"
#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::load {

/// An epoll set for the sockets of one thread. It watches for the stop too.
class EventLoop {
public:
    /// `stop` ends the loop once it is notified; it outlives the loop. Throws std::system_error.
    explicit EventLoop(const posix::EventFd& stop);

    bool is_stopped() const { return stopped_; }

    /// epoll_ctl(2) with EPOLL_CTL_ADD or EPOLL_CTL_MOD: the descriptor's events belong to `target`. Throws
    /// std::system_error, which begins with `what`.
    void change(int operation, int fd, std::uint32_t events, void* target, const char* what);

    /// Sleeps until there are events, but not longer than that. They are valid until the next wait. Throws
    /// std::system_error.
    std::span<const epoll_event> wait(int milliseconds);
    /// The same to the nanosecond.
    std::span<const epoll_event> wait_until(posix::Clock::time_point wake_up);

    /// Calls `serve(target, events)` for each event, and notes the stop.
    template <class Target, class Serve>
    void hand_out(std::span<const epoll_event> events, Serve serve) {
        for (const epoll_event& event : events) {
            if (event.data.ptr == nullptr)
                stopped_ = true;
            else
                serve(*static_cast<Target*>(event.data.ptr), event.events);
        }
    }

private:
    std::span<const epoll_event> ready(int count) const;

    posix::UniqueFd set_;
    std::array<epoll_event, 256> events_;
    bool stopped_ = false;
};

/// A reply of 64 KiB and its marks leave room in it, and so need no second look whether there is more.
inline constexpr std::size_t receive_buffer_size = 128 * 1024;

}  // namespace iomux::load
