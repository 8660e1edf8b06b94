#include "server/blocked_threads.hpp"

#include <poll.h>

#include <csignal>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

// No other part of the program uses it, and a process without a handler ignores it.
constexpr int waking_signal = SIGURG;

}  // namespace

BlockedThreads::BlockedThreads() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    // Without SA_RESTART, so that a system call that it interrupts returns EINTR.
    posix::check(::sigaction(waking_signal, &action, nullptr), "cannot catch a signal");
}

BlockedThreads::Registration::Registration(BlockedThreads& all, int fd) : all_(all), fd_(fd) {
    const std::lock_guard lock(all_.mutex_);
    self_ = all_.all_.insert(all_.all_.end(), this);
    if (all_.interrupted()) posix::keep_from_blocking(fd_);
}

BlockedThreads::Registration::~Registration() {
    const std::lock_guard lock(all_.mutex_);
    all_.all_.erase(self_);
}

void BlockedThreads::interrupt(posix::Clock::time_point deadline) {
    const std::lock_guard lock(mutex_);
    deadline_ = deadline;
    interrupted_.store(true, std::memory_order_release);
    woken_.notify_all();
    for (const Registration* registration : all_) {
        posix::keep_from_blocking(registration->fd_);
        // It fails only for a thread that has ended, and such a thread is no longer registered.
        ::pthread_kill(registration->thread_, waking_signal);
    }
}

void BlockedThreads::wait_readable(int fd) const {
    sigset_t waking;
    sigset_t before;
    ::sigemptyset(&waking);
    ::sigaddset(&waking, waking_signal);
    // ppoll(2) unblocks the signal, so that it cannot arrive between the check of `interrupted` and the call.
    ::pthread_sigmask(SIG_BLOCK, &waking, &before);
    pollfd polled{fd, POLLIN, 0};
    const int result = interrupted() ? 0 : ::ppoll(&polled, 1, nullptr, &before);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    posix::ready_count(result, "ppoll");
}

void BlockedThreads::sleep_until(posix::Clock::time_point until) {
    std::unique_lock lock(mutex_);
    woken_.wait_until(lock, until, [this] { return interrupted(); });
}

}  // namespace iomux::server
