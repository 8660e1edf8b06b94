#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "load/engine/connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/engine/first_connection.hpp"
#include "load/engine/schedule.hpp"
#include "load/engine/sliced_load.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/endpoint.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// The load of clients that connect and disconnect. Every request has its own connection: it connects, sends the
/// request, reads the reply, shuts down its side, and closes once the server has closed the other side. The workload's
/// number of connections is open at the same time. A latency is the time from before connecting to the reply's last
/// byte.
///
/// After the window it continues as `Generator` does: with what was due in an open loop, then with what is outstanding.
///
/// A connection is an error if it fails or receives a wrong byte, even after the reply. It is not replaced.
///
/// Either `run` is called once, or `connect` once and then `slice` any number of times. A slice ends when no connection
/// is open. The requests of an open loop are due on a clock that stands still between the slices.
class ChurnGenerator final : public SlicedLoad {
public:
    /// Notifying `stop` ends the run early; `stop` outlives the generator. Throws std::system_error.
    ChurnGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks);

    /// Runs once. Throws std::system_error if epoll fails. Errors of the server are in the result.
    Result run();

    /// Opens the first connection; each request has one. `run` does so, too.
    void connect() override;
    Window slice(std::chrono::nanoseconds length) override;
    bool going_on() const override { return !loop_.is_stopped() && active_ > 0; }
    Result result() const override;

private:
    using Time = Connection::Time;
    /// Holds one connection after another.
    using Place = std::optional<Connection>;

    enum class Asking { no, again, when_due };

    void begin();
    void await_first_reply();
    void measure();
    void await_due();
    void drain(Time last);

    void finish_due(Time end);
    void run_until(Time end);
    Time open_due(Time end);
    void turn(Time end);
    void open(Place& place, Time since);
    posix::UniqueFd connected_socket();
    void serve(Place& place, std::uint32_t events);
    void send(Place& place);
    void receive(Place& place, std::uint32_t events);
    void done(Connection& connection);
    void ended(Place& place);
    void end_stall();
    std::string hint_for_the_protocol() const;
    void fail_all(const std::string& why);
    void fail(Place& place, const std::string& why);

    const Workload workload_;
    const WindowMarks marks_;
    std::optional<Payload> payload_;  // this and the envelope are made once the server is reached
    std::optional<Envelope> envelope_;
    const std::vector<posix::Endpoint> sources_;  // addresses to connect from in turn; empty: the kernel chooses

    EventLoop loop_;
    std::vector<std::byte> buffer_;
    FirstConnection first_;
    std::vector<Place> places_;
    std::size_t active_;                // places without an error
    std::size_t open_ = 0;              // connections that are open
    std::size_t opened_ = 0;            // connections of the whole run
    std::optional<Schedule> schedule_;  // open loop only
    std::deque<Place*> free_;           // places that wait for a connection
    bool served_ = false;               // whether any connection has had a reply
    Asking asking_;
    Time now_;            // time of the last wake-up
    Time last_progress_;  // time of the last wake-up that moved bytes
    Window counted_;
    Result result_;
};

}  // namespace iomux::load
