#include "load/engine/datagram_generator.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "posix/error.hpp"
#include "running_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using protocol::ProtocolConfig;
using protocol::Service;
using testing_support::RunningServer;

// The loopback interface loses no datagram while the receive buffer has room, even on a slow machine.
Workload workload_for(const posix::Endpoint& endpoint, const ProtocolConfig& protocol) {
    return {.endpoint = endpoint,
            .transport = Transport::datagrams,
            .protocol = protocol,
            .connections = 4,
            .warmup = 5ms,
            .duration = 30ms,
            .lost_after = 30s};
}

Result run(const Workload& workload, WindowMarks marks = {}) {
    const posix::EventFd stop;
    return DatagramGenerator(workload, stop, std::move(marks)).run();
}

class DatagramGeneratorOf : public testing::TestWithParam<Service> {
protected:
    const ProtocolConfig protocol{.service = GetParam()};
    const RunningServer server{protocol};
};
INSTANTIATE_TEST_SUITE_P(EveryService, DatagramGeneratorOf,
                         testing::Values(Service::suffix, Service::echo, Service::discard),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST_P(DatagramGeneratorOf, ReportsNoErrorForACorrectServer) {
    Workload workload = workload_for(server.endpoint(), protocol);
    for (const auto& [size, connections, depth] :
         {std::array{64, 8, 1}, {8, 4, 3}, {1000, 4, 8}, {65'500, 1, 1}, {20'000, 1, 3}}) {
        workload.size = static_cast<std::size_t>(size);
        workload.connections = static_cast<std::size_t>(connections);
        workload.depth = static_cast<std::size_t>(depth);
        const Result result = run(workload);
        EXPECT_EQ(result.error, "") << size << " bytes, depth " << depth;
        EXPECT_GT(result.measured.messages, 0u);
        EXPECT_EQ(result.measured.datagrams.lost, 0u);
        EXPECT_EQ(result.measured.datagrams.late, 0u);
        EXPECT_EQ(result.measured.latency.count(), workload.answered() ? result.measured.messages : 0);
    }
}

const ProtocolConfig echo{.service = Service::echo};

TEST(DatagramGenerator, SendsRandomSizes) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint(), echo);
    workload.size = Sizes::uniform(8, 2000);
    EXPECT_EQ(run(workload).error, "");
}

TEST(DatagramGenerator, WorksOverIPv6) {
    const RunningServer server(echo, posix::Endpoint::internet("::1", 0));
    EXPECT_GT(run(workload_for(server.endpoint(), echo)).measured.messages, 0u);
}

TEST(DatagramGenerator, CountsTheBytesOfBothDirections) {
    const ProtocolConfig protocol{.service = Service::suffix, .suffix = "!"};
    const RunningServer server(protocol);
    Workload workload = workload_for(server.endpoint(), protocol);
    workload.connections = 1;
    workload.size = 10;
    const Window window = run(workload).measured;
    // A request sent before the window may be answered in it, and a request sent in the window may be answered later.
    EXPECT_NEAR(static_cast<double>(window.datagrams.sent), static_cast<double>(window.messages), 1);
    EXPECT_EQ(window.sent, window.datagrams.sent * 10);
    EXPECT_EQ(window.received, window.messages * 11);
}

TEST(DatagramGenerator, MarksTheWindowOnceAtEachEnd) {
    const RunningServer server(echo);
    std::string marks;
    run(workload_for(server.endpoint(), echo), {[&] { marks += "("; }, [&] { marks += ")"; }});
    EXPECT_EQ(marks, "()");
}

TEST(DatagramGenerator, EndsEarlyIfItIsStopped) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint(), echo);
    workload.duration = 1h;
    const posix::EventFd stop;
    const Result result = DatagramGenerator(workload, stop, {[&] { stop.notify(); }, [] {}}).run();
    EXPECT_EQ(result.errors, 0u);
    EXPECT_LT(result.measured.length, 1min);
}

// A server that reads nothing until `start`, so that its clients' sends would block. It is a Unix socket, because a
// UDP socket on the same machine would drop datagrams instead.
class SlowReceiver {
public:
    explicit SlowReceiver(const std::string& path) : endpoint_(posix::Endpoint::unix_path(path)) {
        posix::check(socket_.get(), "cannot open a socket");
        posix::check(::bind(socket_.get(), endpoint_.data(), endpoint_.size()), "cannot bind to " + path);
        thread_ = std::jthread([this] { receive_all(); });
    }
    ~SlowReceiver() {
        start();
        end();
    }

    const posix::Endpoint& endpoint() const { return endpoint_; }
    void start() const { start_.notify(); }
    // Reads all datagrams. Returns the numbers at their beginning.
    const std::vector<std::uint64_t>& end() {
        end_.notify();
        if (thread_.joinable()) thread_.join();
        return numbers_;
    }

private:
    void receive_all() {
        start_.wait();
        for (std::array events{pollfd{socket_.get(), POLLIN, 0}, pollfd{end_.fd(), POLLIN, 0}};;) {
            posix::check(posix::uninterrupted([&] { return ::poll(events.data(), events.size(), -1); }), "poll");
            if (events[0].revents == 0) return;
            std::array<std::byte, 64> datagram;
            posix::receive(socket_.get(), datagram);
            std::memcpy(&numbers_.emplace_back(), datagram.data(), sizeof(std::uint64_t));
        }
    }

    const posix::Endpoint endpoint_;
    const posix::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    posix::EventFd start_;
    posix::EventFd end_;
    std::vector<std::uint64_t> numbers_;
    std::jthread thread_;
};

TEST(DatagramGenerator, WaitsForRoomIfTheSocketIsFullAndLosesNothing) {
    const std::string path = testing::TempDir() + "iomux_datagrams_" + std::to_string(::getpid()) + ".sock";
    SlowReceiver receiver(path);
    Workload workload = workload_for(receiver.endpoint(), {.service = Service::discard});
    workload.connections = 1;
    workload.depth = 1000;  // more than fits into the kernel's buffer
    const Result result = run(workload, {[&] { receiver.start(); }, [] {}});
    const std::vector<std::uint64_t>& numbers = receiver.end();
    EXPECT_EQ(result.error, "");
    EXPECT_GT(result.measured.messages, 0u);
    ASSERT_GT(numbers.size(), result.measured.messages);
    for (std::size_t i = 1; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], numbers[i - 1] + workload.depth);
    EXPECT_EQ(::unlink(path.c_str()), 0);
}

}  // namespace
}  // namespace iomux::load
