#pragma once

#include <poll.h>

#include <chrono>

#include "posix/error.hpp"
#include "posix/socket.hpp"
#include "server/blocked_threads.hpp"
#include "server/connection_timeout.hpp"
#include "server/loop_context.hpp"

namespace iomux::server {

/// When a thread that serves one connection by blocking calls may make its next calls.
///
/// Usually at once: recv(2) sleeps until bytes come, send(2) until the kernel has taken some. The idle timeout is
/// recv(2)'s own (SO_RCVTIMEO). Other timeouts need poll(2) first: while the connection lingers or drains, and, if any
/// timeout is set, amid a message or while replies are unsent.
///
/// `Connection`: server::Connection, or a class with the same functions.
template <class Connection>
class BlockingTurns {
public:
    /// The socket of `connection` blocks. The calling thread is the one that serves it.
    BlockingTurns(BlockedThreads& threads, Connection& connection);

    /// Whether to continue: read, unless something is unsent, and then write. False once the connection is to be
    /// closed.
    bool go_on() {
        return (connection_.waits_for(WaitReason::none) && !threads_.interrupted() && !connection_.finished()) ||
               wait_in_time();
    }

private:
    bool wait_in_time();

    BlockedThreads& threads_;
    Connection& connection_;
    BlockedThreads::Registration registration_;
    bool draining_ = false;
};

template <class Connection>
BlockingTurns<Connection>::BlockingTurns(BlockedThreads& threads, Connection& connection)
    : threads_(threads), connection_(connection), registration_(threads, connection.fd()) {
    const LoopContext& loop = connection.loop();
    const std::chrono::milliseconds idle = loop.settings.limits.idle_timeout;
    if (idle.count() != 0) posix::sleep_at_most(connection.fd(), posix::Direction::receiving, idle);
    // A send(2) that sleeps does not tell when the client last took a byte. So it does not sleep if that is timed.
    if (loop.timeouts.in_use())
        posix::sleep_at_most(connection.fd(), posix::Direction::sending, std::chrono::microseconds(1));
}

template <class Connection>
bool BlockingTurns<Connection>::wait_in_time() {
    for (;;) {
        if (threads_.interrupted() && !draining_) {
            draining_ = true;
            connection_.drain();
        }
        if (connection_.finished()) return false;
        TimeoutLists& timeouts = connection_.loop().timeouts;
        if (ConnectionTimeout::next_expired(timeouts) != nullptr ||
            (draining_ && posix::Clock::now() >= threads_.deadline())) {
            connection_.expire();
            return false;
        }
        if (!draining_ && connection_.waits_for(WaitReason::idle)) return true;
        const posix::Deadline due =
            posix::earlier(timeouts.next(), draining_ ? posix::Deadline(threads_.deadline()) : posix::Deadline());
        const int events = connection_.wants_write() ? POLLOUT : connection_.wants_read() ? POLLIN : 0;
        pollfd polled{connection_.fd(), static_cast<short>(events), 0};
        if (posix::ready_count(::poll(&polled, 1, posix::milliseconds_until(due)), "poll") > 0) return true;
    }
}

}  // namespace iomux::server
