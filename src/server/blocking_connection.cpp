#include "server/blocking_connection.hpp"

#include <poll.h>

#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

Client blocking(Client client) {
    posix::let_block(client.socket.get());
    return client;
}

}  // namespace

BlockingConnection::BlockingConnection(Client client, Loop& loop, Sleepers& sleepers)
    : Connection(blocking(std::move(client)), loop), sleepers_(sleepers), sleeper_(sleepers, fd()) {}

bool BlockingConnection::goes_on() {
    for (;;) {
        if (sleepers_.awake() && !std::exchange(draining_, true)) {
            drain();
            write_some();
        }
        if (finished()) return false;
        if (!draining_ && !lingering()) return true;
        const posix::Deadline due = posix::earlier(
            loop().deadlines.next(), draining_ ? posix::Deadline(sleepers_.deadline()) : posix::Deadline());
        if (due && posix::Clock::now() >= *due) {
            expire();
            return false;
        }
        const int events = (wants_read() ? POLLIN : 0) | (wants_write() ? POLLOUT : 0);
        pollfd polled{fd(), static_cast<short>(events), 0};
        if (posix::ready_count(::poll(&polled, 1, posix::milliseconds_until(due)), "poll") > 0) return true;
    }
}

}  // namespace iomux::server
