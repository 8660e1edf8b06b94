#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <functional>

#include "library.hpp"
#include "posix/clock.hpp"

namespace iomux::asio {

/// Calls a function at the earliest of its deadlines, after the handlers of operations that had completed by then. The
/// function is given that time: later operations may have completed whose handlers have not run.
/// Setting a deadline at every turn is cheap: only one that is earlier than before starts a timer.
class Alarm {
public:
    using Time = posix::Clock::time_point;

    Alarm(const Executor& executor, std::function<void(Time)> on_ring)
        : on_ring_(std::move(on_ring)), timer_(executor) {}

    void set(posix::Deadline due);
    /// Clears the deadline.
    void cancel();

private:
    void ring_after(int turns, Time rang_at);

    const std::function<void(Time)> on_ring_;
    net::basic_waitable_timer<posix::Clock, net::wait_traits<posix::Clock>, Executor> timer_;
    bool is_set_ = false;
};

}  // namespace iomux::asio
