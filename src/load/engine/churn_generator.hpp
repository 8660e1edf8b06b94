#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "load/engine/connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/engine/schedule.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/endpoint.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// The load of clients that come and go: every request has a connection of its own, which connects, asks, reads the
/// reply, ends its side, and is closed once the server has ended the other. As many are there at once as the workload
/// has connections. A latency begins before connecting, and ends with the reply's last byte.
///
/// A connection that fails or receives one wrong byte, also behind the reply, is an error, and no other follows it in
/// its place.
class ChurnGenerator {
public:
    /// `stop` ends the run early once it is notified; it outlives the generator. Throws std::system_error.
    ChurnGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks);

    /// Runs once. Throws std::system_error where epoll fails; all that a server may do is in the result.
    Result run();

private:
    using Time = Connection::Time;
    /// Of one connection after the other.
    using Place = std::optional<Connection>;

    enum class Asking { no, again, when_due };

    void begin();
    void measure();
    void drain();

    bool going_on() const { return !loop_.is_stopped() && active_ > 0; }
    void run_until(Time end);
    Time open_due(Time end);
    void turn(Time end);
    void open(Place& place, Time since);
    posix::UniqueFd connect();
    void serve(Place& place, std::uint32_t events);
    void send(Place& place);
    void receive(Place& place, std::uint32_t events);
    void done(Connection& connection);
    void ended(Place& place);
    void end_stall();
    void fail(Place& place, const std::string& why);

    const Workload workload_;
    const WindowMarks marks_;
    const Payload payload_;
    const Envelope envelope_;
    const std::vector<posix::Endpoint> sources_;  // addresses to connect from in turn; none where there is but one

    EventLoop loop_;
    std::vector<std::byte> buffer_;
    std::vector<Place> places_;
    std::size_t active_;                // places that have not failed
    std::size_t open_ = 0;              // connections
    std::size_t opened_ = 0;            // since the beginning
    std::optional<Schedule> schedule_;  // of an open loop
    std::deque<Place*> free_;           // in an open loop
    Asking asking_;
    Time now_;            // of the last wake-up
    Time last_progress_;  // of the last wake-up that moved something
    Window counted_;
    Result result_;
};

}  // namespace iomux::load
