#include "load/engine/event_loop.hpp"

#include <poll.h>

#include <array>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::load {

EventLoop::EventLoop(const posix::EventFd& stop)
    : stop_(stop), set_(posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot create an epoll instance")) {
    change(EPOLL_CTL_ADD, stop.fd(), EPOLLIN, nullptr, "cannot watch the stop event with epoll");
}

bool EventLoop::check_stop() {
    pollfd stop{stop_.fd(), POLLIN, 0};
    if (::poll(&stop, 1, 0) > 0) stopped_ = true;
    return stopped_;
}

void EventLoop::change(int operation, int fd, std::uint32_t events, void* target, const char* what) {
    epoll_event event{.events = events, .data = {.ptr = target}};
    posix::check(::epoll_ctl(set_.get(), operation, fd, &event), what);
}

void EventLoop::await_connection(int fd, posix::Clock::time_point end, std::string_view what) {
    std::array watched{pollfd{fd, POLLOUT, 0}, pollfd{stop_.fd(), POLLIN, 0}};
    while (posix::ready_count(::poll(watched.data(), watched.size(), posix::milliseconds_until(end)), "poll") == 0 &&
           posix::Clock::now() < end)
        continue;
    if (watched.back().revents != 0) stopped_ = true;
    if (watched.front().revents == 0) return;
    if (const int error = posix::pending_error(fd)) posix::throw_errno(what, error);
}

std::span<const epoll_event> EventLoop::wait(int milliseconds) {
    return ready(::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), milliseconds));
}

std::span<const epoll_event> EventLoop::wait_until(posix::Clock::time_point wake_up) {
    timespec storage;
    const timespec* const timeout = posix::timespec_until(wake_up, storage);
    return ready(::epoll_pwait2(set_.get(), events_.data(), static_cast<int>(events_.size()), timeout, nullptr));
}

std::span<const epoll_event> EventLoop::ready(int count) const {
    return std::span(events_).first(static_cast<std::size_t>(posix::ready_count(count, "epoll_wait")));
}

}  // namespace iomux::load
