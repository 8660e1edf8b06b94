#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "load/engine/datagram_connection.hpp"
#include "load/engine/event_loop.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/numbered_messages.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// The load over UDP: one thread, one epoll set, a connected socket for each connection. It asks from the beginning on,
/// warms up, measures, and then waits for what is still on its way.
///
/// A request that is not answered in time is lost, and the next is asked. A right reply to one that nobody waits for
/// any more, since it was given up or has been answered, is late. Neither is an error. One wrong byte is, as is what
/// the system says of the socket (nobody is there): the connection is closed, and counts no more.
class DatagramGenerator {
public:
    /// `stop` ends the run early once it is notified; it outlives the generator. Throws std::system_error.
    DatagramGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks);

    /// Runs once. Throws std::system_error where epoll fails; all that a server may do is in the result. It is an
    /// error where all is lost in the window and after it.
    Result run();

private:
    using Time = DatagramConnection::Time;

    enum class Asking { no, yes };

    void open_all();
    void open();
    void measure();
    void drain();
    void judge();

    bool going_on() const { return !loop_.is_stopped() && active_ > 0; }
    void run_until(Time end);
    void turn(Time end);
    void serve(DatagramConnection& connection, std::uint32_t events);
    void receive(DatagramConnection& connection);
    bool take(DatagramConnection& connection, protocol::Bytes reply);
    void send(DatagramConnection& connection);
    void give_up_lost();
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
    std::size_t active_;  // of those that are asked for, which have not failed
    Asking asking_ = Asking::yes;
    Time now_;  // of the last wake-up
    Window counted_;
    Result result_;
};

}  // namespace iomux::load
