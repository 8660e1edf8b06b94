#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "load/engine/connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/engine/first_connection.hpp"
#include "load/engine/schedule.hpp"
#include "load/engine/sliced_load.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/clock.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// What the generators of several threads know of each other.
struct SharedByThreads {
    std::atomic<bool> any_served = false;    ///< A connection has had a reply.
    std::atomic<bool> any_measured = false;  ///< A thread has reached the end of the window with a message in it.
};

/// The load of one thread: one epoll instance with all of its connections. It connects, warms up, measures, and then
/// waits for the outstanding replies. It closes no connection before the window is acknowledged (see WindowMarks). In
/// an open loop it sends all requests that were due in the window, and waits for their replies, see
/// `Workload::longest_wait`.
///
/// A connection is an error if the server closes it, if it fails, or if it receives a wrong byte. It is closed and no
/// longer counted. An error while connecting ends the run, because the requested load cannot be measured. A connection
/// that gets no reply while others are served is starved; the generator does not wait for it.
///
/// Either `run` is called once, or `connect` once and then `slice` any number of times. The requests of an open loop
/// are due on a clock that stands still between the slices. A slice ends when all requests that were due within
/// `length` have been answered.
class Generator final : public SlicedLoad {
public:
    /// Notifying `stop` ends the run early; `stop` outlives the generator. Generators that share a load have the same
    /// `shared`. Throws std::system_error.
    Generator(Workload workload, const posix::EventFd& stop, WindowMarks marks,
              std::shared_ptr<SharedByThreads> shared = std::make_shared<SharedByThreads>());

    /// Runs once. Throws std::system_error if epoll fails. Errors of the server are in the result.
    Result run();

    /// Opens all connections and waits for a first reply on each.
    void connect() override;
    Window slice(std::chrono::nanoseconds length) override;
    bool going_on() const override { return !loop_.is_stopped() && active_ > 0; }
    Result result() const override;

private:
    using Time = Connection::Time;

    enum class Asking { no, again, when_due };

    void reach_server();
    void open();
    void warm_up();
    void begin_closed_loop();
    void begin_open_loop();
    void resume_open_loop();
    void finish_due(Time end);
    void measure();
    void await_due();
    void give_up_starved();
    void drain(Time last);

    bool is_idle(const Connection& connection) const {
        return &connection >= connections_.data() + workload_.connections;
    }
    void run_until(Time end);
    Time ask_due(Time end);
    static std::size_t first_scheduled(const Connection& connection);
    void await_taken();
    std::uint64_t bytes_to_take(bool give_up);
    void turn(Time end);
    void hand_out(std::span<const epoll_event> events);
    std::span<const epoll_event> wait(Time wake_up);
    void serve(Connection& connection, std::uint32_t events);
    void receive(Connection& connection, std::uint32_t events);
    void send(Connection& connection);
    void done(Connection& connection, std::size_t requests);
    void ask(Connection& connection, std::size_t requests, Time at);
    void watch(Connection& connection);
    void end_stall();
    void give_up_connecting(const std::system_error& error);
    void give_up();
    std::string hint_for_the_protocol() const;
    void fail(Connection& connection, const std::string& why);
    void fail(const std::string& why);

    const Workload workload_;
    const WindowMarks marks_;
    const std::shared_ptr<SharedByThreads> shared_;
    bool served_ = false;             // whether any of these connections has had a reply
    std::optional<Payload> payload_;  // this and the envelope are made once the server is reached
    std::optional<Envelope> envelope_;
    const std::uint32_t trigger_;

    EventLoop loop_;
    std::vector<std::byte> buffer_;
    FirstConnection first_;
    std::vector<Connection> connections_;  // the active ones, then the idle ones; never reallocated
    std::size_t active_;                   // active connections without an error, those not yet opened included
    std::size_t outstanding_ = 0;          // requests on all connections
    std::optional<Schedule> schedule_;     // open loop only, set when it begins
    std::deque<Connection*> free_;         // open loop only: a connection for every request that may be sent
    Asking asking_ = Asking::no;
    Time now_;            // time of the last wake-up
    Time last_progress_;  // time of the last wake-up that moved bytes
    Window counted_;
    Result result_;
};

}  // namespace iomux::load
