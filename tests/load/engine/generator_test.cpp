#include "load/engine/generator.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "open_connections.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using protocol::Framing;
using protocol::ProtocolConfig;
using protocol::Service;
using testing_support::ConnectionsOfAWindow;
using testing_support::RunningServer;

Workload workload_for(const RunningServer& server, const ProtocolConfig& protocol) {
    return {.endpoint = server.endpoint(), .protocol = protocol, .connections = 8, .warmup = 5ms, .duration = 100ms};
}

Result run(const Workload& workload, WindowMarks marks = {}) {
    const posix::EventFd stop;
    return Generator(workload, stop, std::move(marks)).run();
}

const ProtocolConfig chunk_echo{.framing = Framing::chunk, .service = Service::echo};

class GeneratorOf : public testing::TestWithParam<std::tuple<Framing, Service>> {
protected:
    const ProtocolConfig protocol{.framing = std::get<0>(GetParam()), .service = std::get<1>(GetParam())};
    const RunningServer server{protocol};
};
INSTANTIATE_TEST_SUITE_P(EveryProtocol, GeneratorOf,
                         testing::Combine(testing::Values(Framing::chunk, Framing::line, Framing::length),
                                          testing::Values(Service::suffix, Service::echo, Service::discard)),
                         [](const auto& tested) {
                             return std::string(name_of(std::get<0>(tested.param))) + "_" +
                                    std::string(name_of(std::get<1>(tested.param)));
                         });

TEST_P(GeneratorOf, ReportsNoErrorForACorrectServer) {
    Workload workload = workload_for(server, protocol);
    for (const auto& [size, depth] : {std::pair{64, 1}, {1, 3}, {1000, 16}, {65'536, 2}}) {
        workload.size = static_cast<std::size_t>(size);
        workload.depth = static_cast<std::size_t>(depth);
        const Result result = run(workload);
        EXPECT_EQ(result.error, "") << size << " bytes, depth " << depth;
        EXPECT_EQ(result.errors, 0u);
        EXPECT_GT(result.measured.messages, 0u);
        EXPECT_EQ(result.measured.latency.count(), workload.answered() ? result.measured.messages : 0);
    }
}

TEST_P(GeneratorOf, ClosesNoConnectionBeforeTheAcknowledgement) {
    Workload workload = workload_for(server, protocol);
    workload.idle = 5;
    ConnectionsOfAWindow open{server.endpoint()};
    EXPECT_EQ(run(workload, open.marks()).error, "");
    EXPECT_GT(open.in_the_window, 5u);
    EXPECT_EQ(open.at_the_acknowledgement, open.in_the_window);
}

TEST_P(GeneratorOf, ReportsNoErrorWithRandomSizes) {
    Workload workload = workload_for(server, protocol);
    workload.size = Sizes::uniform(1, 3000);
    workload.depth = 3;
    workload.duration = 20ms;
    // Every request is answered at the end, even if there are only a few on a slow machine.
    EXPECT_EQ(run(workload).error, "");
}

TEST(Generator, DoesNotDeadlockWithALargeMessageAndDepth) {
    const RunningServer server(chunk_echo);
    Workload workload = workload_for(server, chunk_echo);
    workload.connections = 2;
    workload.size = 1024 * 1024;
    workload.depth = 16;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    EXPECT_GT(result.measured.received, 0u);
}

TEST(Generator, CountsTheBytesOfBothDirections) {
    const ProtocolConfig protocol{.framing = Framing::length, .service = Service::suffix, .suffix = "!"};
    const RunningServer server(protocol);
    Workload workload = workload_for(server, protocol);
    workload.connections = 1;
    workload.size = 10;
    const Window window = run(workload).measured;
    // A request sent before the window may be answered in it, and a request sent in the window may be answered later.
    EXPECT_NEAR(static_cast<double>(window.sent), static_cast<double>(window.messages) * 14, 14);
    EXPECT_NEAR(static_cast<double>(window.received), static_cast<double>(window.messages) * 15, 15);
}

TEST(Generator, CountsBytesSentBeforeAndAfterTheWindowToo) {
    std::size_t received = 0;
    Result result;
    {
        const testing_support::ScriptedServer server([&](std::size_t, std::string_view bytes) {
            received += bytes.size();
            return testing_support::ScriptedServer::Reaction{std::string(bytes)};
        });
        result = run({.endpoint = server.endpoint(), .connections = 4, .idle = 2, .warmup = 5ms, .duration = 20ms});
    }
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.sent_in_all, received);
    EXPECT_GT(result.sent_in_all, result.measured.sent);
}

TEST(Generator, TakesAboutTheRequestedTime) {
    const RunningServer server(chunk_echo);
    const Result result = run(workload_for(server, chunk_echo));
    EXPECT_GE(result.measured.length, 30ms);
    EXPECT_GT(result.measured.cpu, 0ms);
}

TEST(Generator, MarksTheWindowOnceAtEachEnd) {
    const RunningServer server(chunk_echo);
    std::string marks;
    run(workload_for(server, chunk_echo), {[&] { marks += "("; }, [&] { marks += ")"; }});
    EXPECT_EQ(marks, "()");
}

TEST(Generator, HoldsIdleConnections) {
    const RunningServer server(chunk_echo);
    Workload workload = workload_for(server, chunk_echo);
    workload.idle = 300;
    EXPECT_EQ(run(workload).error, "");
}

TEST(Generator, EndsEarlyIfItIsStopped) {
    const RunningServer server(chunk_echo);
    Workload workload = workload_for(server, chunk_echo);
    workload.duration = 1h;
    const posix::EventFd stop;
    const Result result = Generator(workload, stop, {[&] { stop.notify(); }, [] {}}).run();
    EXPECT_EQ(result.errors, 0u);
    EXPECT_LT(result.measured.length, 1min);
}

TEST(Generator, WorksOverAUnixSocket) {
    const std::string path = testing::TempDir() + "iomux_load_" + std::to_string(::getpid()) + ".sock";
    {
        const RunningServer server(chunk_echo, posix::Endpoint::unix_path(path));
        EXPECT_EQ(run(workload_for(server, chunk_echo)).error, "");
    }
    EXPECT_EQ(::unlink(path.c_str()), 0);
}

}  // namespace
}  // namespace iomux::load
