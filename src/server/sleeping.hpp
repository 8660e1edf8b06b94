#pragma once

#include <poll.h>

#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"
#include "server/blocked_threads.hpp"
#include "server/connection.hpp"

namespace iomux::server {

/// A peer whose thread sleeps in its calls: in one that receives until something has come, in one that sends until
/// something has been taken. Where its time is limited by more than the idle timeout, which the call that receives
/// keeps, it sleeps in poll(2): who lingers, who drains, and with timeouts who is amid a message, or does not read.
///
/// `Peer`: a Connection, or what has its functions.
template <class Peer>
class Sleeping : public Peer {
public:
    /// `arguments` are the peer's. Its loop is the thread's own.
    template <class... Arguments>
    explicit Sleeping(BlockedThreads& blocked, Arguments&&... arguments)
        : Peer(std::forward<Arguments>(arguments)...), blocked_(blocked), registration_(blocked, blocking()) {}

    /// Whether to go on. In service it does not wait: the next call does. False when time is up.
    bool goes_on() {
        return (this->waits_for(WaitReason::none) && !blocked_.interrupted() && !this->finished()) || goes_on_in_time();
    }

private:
    bool goes_on_in_time();
    int blocking();

    BlockedThreads& blocked_;
    BlockedThreads::Registration registration_;
    bool draining_ = false;
};

template <class Peer>
int Sleeping<Peer>::blocking() {
    const int fd = this->fd();
    const LoopContext& loop = this->loop();
    posix::let_block(fd);
    // Who is idle sleeps until its time is up. But a call that sends, and sleeps, does not tell when the last byte was
    // taken: what there is no room for waits in poll(2), with an eye on the clock.
    const std::chrono::milliseconds idle = loop.settings.limits.idle_timeout;
    if (idle.count() != 0) posix::sleep_at_most(fd, posix::Direction::receiving, idle);
    if (loop.deadlines.in_use()) posix::sleep_at_most(fd, posix::Direction::sending, std::chrono::microseconds(1));
    return fd;
}

template <class Peer>
bool Sleeping<Peer>::goes_on_in_time() {
    for (;;) {
        if (blocked_.interrupted() && !std::exchange(draining_, true)) {
            this->drain();
            this->write_some();
        }
        if (this->finished()) return false;
        TimeoutLists& deadlines = this->loop().deadlines;
        if (deadlines.expired() != nullptr || (draining_ && posix::Clock::now() >= blocked_.deadline())) {
            this->expire();
            return false;
        }
        if (!draining_ && this->waits_for(WaitReason::idle)) return true;
        const posix::Deadline due =
            posix::earlier(deadlines.next(), draining_ ? posix::Deadline(blocked_.deadline()) : posix::Deadline());
        const int events = (this->wants_read() ? POLLIN : 0) | (this->wants_write() ? POLLOUT : 0);
        pollfd polled{this->fd(), static_cast<short>(events), 0};
        if (posix::ready_count(::poll(&polled, 1, posix::milliseconds_until(due)), "poll") > 0) return true;
    }
}

/// Who sleeps in a receive sends nothing, and the client may wait for just that: everything is sent first. (A send that
/// sleeps takes less than all where a signal interrupts it, as SIGSTOP and SIGCONT do.)
class CallingConnection : public Connection {
public:
    using Connection::Connection;

    bool wants_read() const { return Connection::wants_read() && !wants_write(); }
    Progress read_some() { return wants_read() ? Connection::read_some() : Progress(); }
};

/// For threads that make their system calls themselves.
using BlockingConnection = Sleeping<CallingConnection>;

}  // namespace iomux::server
