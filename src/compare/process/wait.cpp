#include "compare/process/wait.hpp"

#include <poll.h>

#include <array>

#include "posix/error.hpp"
#include "posix/event_fd.hpp"

namespace iomux::compare {
namespace {

const posix::EventFd& stop_event() {
    static const posix::EventFd event;
    return event;
}

}  // namespace

void request_stop() { stop_event().notify(); }

int stop_descriptor() { return stop_event().fd(); }

bool wait_readable(int fd, posix::Deadline deadline) {
    std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{stop_event().fd(), POLLIN, 0}};
    for (;;) {
        const int timeout = posix::milliseconds_until(deadline);
        const int ready = posix::ready_count(::poll(watched.data(), watched.size(), timeout), "poll");
        if (ready > 0 && watched[1].revents != 0) throw Interrupted();
        if (ready > 0) return true;
        if (timeout == 0) return false;
    }
}

}  // namespace iomux::compare
