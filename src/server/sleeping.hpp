#pragma once

#include <poll.h>

#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"
#include "server/connection.hpp"
#include "server/sleepers.hpp"

namespace iomux::server {

/// A peer whose thread sleeps in its calls: in one that receives until something has come, in one that sends until
/// something has been taken. Near the end it is told from others: who lingers, and who drains, has so much time and no
/// more.
///
/// `Peer`: a Connection, or what has its functions.
template <class Peer>
class Sleeping : public Peer {
public:
    /// `arguments` are the peer's. Its loop is the thread's own.
    template <class... Arguments>
    explicit Sleeping(Sleepers& sleepers, Arguments&&... arguments)
        : Peer(std::forward<Arguments>(arguments)...), sleepers_(sleepers), sleeper_(sleepers, blocking(this->fd())) {}

    /// Whether to go on. In service it does not wait: the next call does. At the end it sleeps in poll(2) until the
    /// socket is ready, and is false when time is up.
    bool goes_on();

private:
    static int blocking(int fd) {
        posix::let_block(fd);
        return fd;
    }

    Sleepers& sleepers_;
    Sleepers::Sleeper sleeper_;
    bool draining_ = false;
};

template <class Peer>
bool Sleeping<Peer>::goes_on() {
    for (;;) {
        if (sleepers_.awake() && !std::exchange(draining_, true)) {
            this->drain();
            this->write_some();
        }
        if (this->finished()) return false;
        if (!draining_ && !this->lingering()) return true;
        const posix::Deadline due = posix::earlier(
            this->loop().deadlines.next(), draining_ ? posix::Deadline(sleepers_.deadline()) : posix::Deadline());
        if (due && posix::Clock::now() >= *due) {
            this->expire();
            return false;
        }
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
