#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <functional>

#include "library.hpp"
#include "posix/clock.hpp"

namespace iomux::asio {

/// Rings once the first of many deadlines has come, and what was done by then has been told: they may be set at every
/// turn, and only an earlier one than before asks anything of the library.
class Alarm {
public:
    Alarm(const Executor& executor, std::function<void()> rang) : rang_(std::move(rang)), timer_(executor) {}

    void set(posix::Deadline due);
    /// Nobody waits for anything any more.
    void cancel();

private:
    void ring_in(int turns);

    const std::function<void()> rang_;
    net::basic_waitable_timer<posix::Clock, net::wait_traits<posix::Clock>, Executor> timer_;
    bool is_set_ = false;
};

}  // namespace iomux::asio
