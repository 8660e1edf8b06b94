#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "load/engine/connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/engine/schedule.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/clock.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// The load of one thread: one epoll set, all of its connections. It connects, warms up, measures, and then waits for
/// the replies that have not come.
///
/// A connection that ends, fails, or receives one wrong byte is an error, is closed, and counts no more. An error
/// while connecting ends the run, since what was asked for cannot be measured. A connection that waits in vain while
/// others are served has starved: it is not waited for.
class Generator {
public:
    /// `stop` ends the run early once it is notified; it outlives the generator. A run that has no connection left
    /// notifies it, so that others do not go on without it. `anybody_served` is shared with the other threads' ones.
    /// Throws std::system_error.
    Generator(Workload workload, const posix::EventFd& stop, WindowMarks marks,
              std::shared_ptr<std::atomic<bool>> anybody_served = std::make_shared<std::atomic<bool>>(false));

    /// Runs once. Throws std::system_error where epoll fails; all that a server may do is in the result.
    Result run();

private:
    using Time = Connection::Time;

    enum class Asking { no, again, when_due };

    void connect();
    void open();
    void warm_up();
    void begin_closed_loop();
    void begin_open_loop();
    void measure();
    void give_up_starved();
    void drain();

    bool going_on() const { return !loop_.is_stopped() && active_ > 0; }
    bool is_idle(const Connection& connection) const {
        return &connection >= connections_.data() + workload_.connections;
    }
    void run_until(Time end);
    Time ask_due(Time end);
    void turn(Time end);
    std::span<const epoll_event> wait(Time wake_up);
    void serve(Connection& connection, std::uint32_t events);
    void receive(Connection& connection, std::uint32_t events);
    void send(Connection& connection);
    void done(Connection& connection, std::size_t requests);
    void ask(Connection& connection, std::size_t requests, Time at);
    void watch(Connection& connection);
    void end_stall();
    void give_up();
    void fail(Connection& connection, const std::string& why);
    void fail(const std::string& why);

    const Workload workload_;
    const posix::EventFd& stop_;
    const WindowMarks marks_;
    const std::shared_ptr<std::atomic<bool>> anybody_served_;
    bool served_ = false;  // of these connections any
    const Payload payload_;
    const Envelope envelope_;
    const std::uint32_t trigger_;

    EventLoop loop_;
    std::vector<std::byte> buffer_;
    std::vector<Connection> connections_;  // the active ones, then the idle ones; never moved
    std::size_t active_;                   // of those that are asked for, which have not failed
    std::size_t outstanding_ = 0;          // requests of all connections
    std::optional<Schedule> schedule_;     // of an open loop, once it has begun
    std::deque<Connection*> free_;  // in an open loop: one for every request that may be sent, on that connection
    Asking asking_ = Asking::no;
    Time now_;            // of the last wake-up
    Time last_progress_;  // of the last wake-up that moved a byte
    Window counted_;
    Result result_;
};

}  // namespace iomux::load
