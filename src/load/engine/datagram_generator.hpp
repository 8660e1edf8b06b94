#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "load/engine/datagram_connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/engine/sliced_load.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/numbered_messages.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// The load over UDP: one thread, one epoll instance, and a connected socket for each connection. It starts to send at
/// once, warms up, measures, and then waits for the replies in flight. It closes no socket before the window is
/// acknowledged (see WindowMarks).
///
/// A request that is not answered in time is lost, and the next one is sent. A correct reply to a request that was lost
/// or already answered is late. Neither is an error. A wrong byte is an error, and so is an error of the socket (such
/// as ECONNREFUSED); the connection is closed and no longer counted.
///
/// Either `run` is called once, or `connect` once and then `slice` any number of times. A slice ends when all requests
/// are answered, or when no reply has arrived for `longest_silence`: then the others are lost.
class DatagramGenerator final : public SlicedLoad {
public:
    /// Notifying `stop` ends the run early; `stop` outlives the generator. Throws std::system_error.
    DatagramGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks);

    /// Runs once. Throws std::system_error if epoll fails. Errors of the server are in the result. It is an error if
    /// every datagram since the beginning of the window is lost.
    Result run();

    static constexpr std::chrono::nanoseconds longest_silence = std::chrono::milliseconds(5);

    /// Opens all sockets, and sends as many requests on each as may be in flight.
    void connect() override;
    Window slice(std::chrono::nanoseconds length) override;
    bool going_on() const override { return !loop_.is_stopped() && active_ > 0; }
    /// It is an error if every datagram of all slices was lost.
    Result result() const override;

private:
    using Time = DatagramConnection::Time;

    enum class Asking { no, yes };

    void open_all();
    void open();
    void measure();
    void drain();

    void await_silence();
    void run_until(Time end);
    void turn(Time end);
    void serve(DatagramConnection& connection, std::uint32_t events);
    void receive(DatagramConnection& connection);
    bool take(DatagramConnection& connection, protocol::Bytes reply);
    void send(DatagramConnection& connection);
    void give_up_lost();
    void lose(DatagramRequest& request);
    void watch(DatagramConnection& connection);
    void fail(DatagramConnection& connection, const std::string& why);
    void fail(const std::string& why);

    const Workload workload_;
    const WindowMarks marks_;
    NumberedMessages messages_;
    const std::uint32_t trigger_;

    EventLoop loop_;
    std::vector<std::byte> buffer_;
    DatagramsOnTheirWay on_their_way_;
    std::deque<DatagramConnection> connections_;
    std::size_t active_;  // connections without an error, those not yet opened included
    Asking asking_ = Asking::yes;
    Time now_;  // time of the last wake-up
    Window counted_;
    std::uint64_t answered_in_slices_ = 0;
    std::uint64_t lost_in_slices_ = 0;
    Result result_;
};

}  // namespace iomux::load
