#include "cli/wait.hpp"

#include <poll.h>

#include <utility>

#include "posix/error.hpp"
#include "posix/signals.hpp"

namespace iomux::cli {
namespace {

// A signal that comes before poll(2) does not end it, so none may last longer.
constexpr int milliseconds_between_looks = 50;

int poll_one(int fd, short events, int timeout) {
    pollfd watched{fd, events, 0};
    return posix::ready_count(::poll(&watched, 1, timeout), "poll");
}

}  // namespace

bool is_ready(int fd, short events) { return poll_one(fd, events, 0) > 0; }

Wait::Wait(std::string what) : what_(std::move(what)), had_signal_(posix::StopSignals::received()) {}

void Wait::until_ready(int fd, short events) const {
    while (poll_one(fd, events, milliseconds_between_looks) == 0) throw_if_interrupted();
}

void Wait::for_a_moment() const {
    constexpr int no_descriptor = -1;  // poll(2) ignores it
    poll_one(no_descriptor, 0, milliseconds_between_looks);
    throw_if_interrupted();
}

void Wait::throw_if_interrupted() const {
    if (!had_signal_ && posix::StopSignals::received()) throw WaitInterrupted("interrupted while it " + what_);
}

}  // namespace iomux::cli
