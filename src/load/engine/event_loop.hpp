#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "posix/clock.hpp"
#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::load {

/// An epoll instance for the sockets of one thread and the stop event.
class EventLoop {
public:
    /// Notifying `stop` makes `is_stopped()` true at the next `hand_out`; `stop` outlives the loop. Throws
    /// std::system_error.
    explicit EventLoop(const posix::EventFd& stop);

    bool is_stopped() const { return stopped_; }
    /// The same, also if `stop` has been notified since the last `hand_out`.
    bool check_stop();

    /// Calls epoll_ctl(2) with EPOLL_CTL_ADD or EPOLL_CTL_MOD. Events of the descriptor are handed to `target`. Throws
    /// std::system_error; its message begins with `what`.
    void change(int operation, int fd, std::uint32_t events, void* target, const char* what);

    /// Waits until a socket has connected or failed to, or until `end`, or until `stop` is notified. Throws
    /// std::system_error if it has failed; the message begins with `what`.
    void await_connection(int fd, posix::Clock::time_point end, std::string_view what);

    /// Waits for events, at most `milliseconds`. They are valid until the next wait. Throws std::system_error.
    std::span<const epoll_event> wait(int milliseconds);
    /// The same until a point in time, with nanosecond precision.
    std::span<const epoll_event> wait_until(posix::Clock::time_point wake_up);

    /// Calls `serve(target, events)` for each event, and notes whether `stop` was notified.
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

    const posix::EventFd& stop_;
    posix::UniqueFd set_;
    std::array<epoll_event, 256> events_;
    bool stopped_ = false;
};

/// Larger than a reply of 64 KiB with its marks, so that a short read shows that the socket is empty.
inline constexpr std::size_t receive_buffer_size = 128 * 1024;

}  // namespace iomux::load
