#include "load/engine/churn_generator.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "closed_port.hpp"
#include "posix/socket.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using protocol::Framing;
using protocol::ProtocolConfig;
using protocol::Service;
using testing_support::ClosedPort;
using testing_support::RunningServer;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

constexpr std::size_t connections = 4;

Workload workload_for(const posix::Endpoint& endpoint, const ProtocolConfig& protocol = {.service = Service::echo}) {
    return {.endpoint = endpoint,
            .protocol = protocol,
            .connections = connections,
            .size = 16,
            .churn = true,
            .warmup = 1ms,
            .duration = 50ms,
            .stall_limit = 5s};
}

Result run(const Workload& workload) {
    const posix::EventFd stop;
    return ChurnGenerator(workload, stop, {}).run();
}

Result run_against(const ScriptedServer::Script& script) {
    const ScriptedServer server(script);
    return run(workload_for(server.endpoint()));
}

// Only for a server that makes every place fail: the run ends with the last one.
Result run_to_the_last_error(const ScriptedServer::Script& script) {
    const ScriptedServer server(script);
    Workload workload = workload_for(server.endpoint());
    workload.duration = 1h;
    return run(workload);
}

void expect_error(const Result& result, std::string_view text) {
    EXPECT_GT(result.errors, 0u);
    EXPECT_NE(result.error.find(text), std::string::npos) << result.error;
}

class ChurnOf : public testing::TestWithParam<std::tuple<Framing, Service>> {};
INSTANTIATE_TEST_SUITE_P(EveryProtocol, ChurnOf,
                         testing::Combine(testing::Values(Framing::chunk, Framing::line, Framing::length),
                                          testing::Values(Service::suffix, Service::echo, Service::discard)),
                         [](const auto& tested) {
                             return std::string(name_of(std::get<0>(tested.param))) + "_" +
                                    std::string(name_of(std::get<1>(tested.param)));
                         });

TEST_P(ChurnOf, ReportsNoErrorForACorrectServer) {
    const ProtocolConfig protocol{.framing = std::get<0>(GetParam()), .service = std::get<1>(GetParam())};
    const RunningServer server(protocol);
    const Workload workload = workload_for(server.endpoint(), protocol);
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.measured.latency.count(), workload.answered() ? result.measured.messages : 0);
}

TEST(Churn, ReplacesTheFirstConnectionIfTheServerHasClosedItMeanwhile) {
    const server::Settings settings{.protocol = {.service = Service::echo}, .log_level = server::LogLevel::error};
    server::Sockets sockets =
        std::move(server::open_sockets(posix::Endpoint::internet("127.0.0.1", 0), connections, settings, 1).front());
    const int listener = sockets.listener.get();
    const posix::EventFd stop;
    ChurnGenerator generator(workload_for(posix::Endpoint::local(listener)), stop, {});
    generator.connect();
    pollfd ready{listener, POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, -1), 1);
    const int accepted = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(accepted, 0);
    ::close(accepted);
    const RunningServer server(std::move(sockets), settings);
    EXPECT_GT(generator.slice(10ms).messages, 0u);
    EXPECT_EQ(generator.result().error, "");
}

TEST(Churn, SendsALargeMessageWhole) {
    const RunningServer server({.service = Service::echo});
    Workload workload = workload_for(server.endpoint());
    workload.size = 256 * 1024;
    workload.connections = 1;
    EXPECT_EQ(run(workload).error, "");
}

TEST(Churn, SendsOneRequestOnEveryConnection) {
    std::set<std::size_t> asked;
    std::size_t reads = 0;
    const Result result = run_against([&](std::size_t connection, std::string_view received) {
        asked.insert(connection);
        ++reads;
        return Reaction{std::string(received)};
    });
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(reads, asked.size());
    EXPECT_GE(asked.size(), result.measured.messages);
    EXPECT_GE(reads, connections);
}

TEST(Churn, SendsADifferentMessageOnEveryConnection) {
    std::set<std::string> messages;
    std::size_t reads = 0;
    run_against([&](std::size_t, std::string_view received) {
        messages.emplace(received);
        ++reads;
        return Reaction{std::string(received)};
    });
    EXPECT_EQ(messages.size(), reads);
}

TEST(Churn, OpensConnectionsAtTheGivenRate) {
    const RunningServer server({.service = Service::echo});
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 500, .spacing = Spacing::fixed};
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    // On a busy machine the window is longer than requested, and its length is read after its connections are counted.
    const auto due = static_cast<double>(result.measured.punctuality.due);
    EXPECT_GE(due, 500 * std::chrono::duration<double>(workload.duration).count() - 2);
    EXPECT_LE(due, 500 * std::chrono::duration<double>(result.measured.length).count() + 2);
}

TEST(Churn, ShowsAStallToEveryConnectionThatWasDueInIt) {
    static constexpr auto stall = 200ms;
    const ScriptedServer server([reads = 0](std::size_t, std::string_view received) mutable {
        if (++reads == 20) std::this_thread::sleep_for(stall);
        return Reaction{std::string(received)};
    });
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 200, .spacing = Spacing::fixed};
    workload.duration = 1s;
    const Window window = run(workload).measured;
    // Forty connections are due during the stall, and twenty of them wait for more than half of it.
    EXPECT_GE(window.latency.max(), stall);
    EXPECT_GE(window.latency.percentile(92), stall / 2);
    EXPECT_GE(window.punctuality.late, 20u);
}

// Answers only the first requests in the window.
constexpr std::size_t answered_in_the_window = 5;

TEST(Churn, ShowsAStallAtTheEndOfTheWindowToEveryConnectionThatWasDueInIt) {
    std::atomic<bool> began = false;
    std::promise<void> ended;
    const ScriptedServer server([&, reads = std::size_t{0}](std::size_t, std::string_view received) mutable {
        if (began && ++reads == answered_in_the_window + 1) ended.get_future().wait();
        return Reaction{std::string(received)};
    });
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed};
    workload.duration = 100ms;
    const posix::EventFd stop;
    const Result result =
        ChurnGenerator(workload, stop, {.begins = [&] { began = true; }, .ends = [&] { ended.set_value(); }}).run();
    const Window& window = result.measured;
    EXPECT_EQ(result.error, "");
    EXPECT_LE(window.messages, answered_in_the_window + connections);
    EXPECT_EQ(window.latency.count(), window.messages + window.punctuality.answered_later);
    EXPECT_GE(window.latency.count(), window.punctuality.due);
    EXPECT_GE(window.punctuality.due, 98u);
    EXPECT_GE(window.latency.percentile(99), 50ms);
}

TEST(Churn, CountsAConnectionThatIsNeverAnsweredWithTheTimeThatItWaited) {
    std::atomic<bool> began = false;
    const ScriptedServer server([&, reads = std::size_t{0}](std::size_t, std::string_view received) mutable {
        return began && ++reads > answered_in_the_window ? Reaction{} : Reaction{std::string(received)};
    });
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed};
    workload.longest_wait = 20ms;
    workload.stall_limit = 2s;
    const posix::EventFd stop;
    const Window window = ChurnGenerator(workload, stop, {.begins = [&] { began = true; }}).run().measured;
    const Punctuality& punctuality = window.punctuality;
    EXPECT_EQ(window.latency.count(), window.messages + punctuality.answered_later + punctuality.unanswered);
    EXPECT_GE(window.latency.count(), punctuality.due);
    EXPECT_GE(punctuality.unanswered + answered_in_the_window + connections, punctuality.due);
    EXPECT_GE(window.latency.max(), workload.longest_wait);
}

TEST(Churn, CountsRequestsWithoutAFreePlaceAsUnsent) {
    std::atomic<bool> began = false;
    const ScriptedServer server(
        [&](std::size_t, std::string_view received) { return began ? Reaction{} : Reaction{std::string(received)}; });
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed};
    workload.stall_limit = 200ms;
    const posix::EventFd stop;
    const Result result = ChurnGenerator(workload, stop, {.begins = [&] { began = true; }}).run();
    EXPECT_GE(result.measured.punctuality.unsent, 40u);
    EXPECT_LE(result.measured.punctuality.sent, connections);
}

TEST(Churn, MeasuresNothingIfNoConnectionIsAnsweredBeforeTheWindow) {
    for (const bool is_stalled : {true, false}) {
        const ScriptedServer server(
            [=](std::size_t, std::string_view) { return is_stalled ? Reaction{} : Reaction{"another protocol"}; });
        Workload workload = workload_for(server.endpoint());
        workload.open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed};
        workload.connections = 64;
        workload.warmup = 20ms;
        workload.stall_limit = 200ms;
        const Result result = run(workload);
        EXPECT_EQ(result.measured.length, 0ns);
        EXPECT_GT(result.errors, 0u);
        EXPECT_NE(result.error, "");
    }
}

TEST(Churn, EndsEarlyIfItIsStopped) {
    const RunningServer server({.service = Service::echo});
    Workload workload = workload_for(server.endpoint());
    workload.duration = 1h;
    const posix::EventFd stop;
    const Result result = ChurnGenerator(workload, stop, {[&] { stop.notify(); }, [] {}}).run();
    EXPECT_EQ(result.errors, 0u);
    EXPECT_LT(result.measured.length, 1min);
}

TEST(Churn, WorksOverAUnixSocket) {
    const std::string path = testing::TempDir() + "iomux_churn_" + std::to_string(::getpid()) + ".sock";
    {
        const RunningServer server({.service = Service::echo}, posix::Endpoint::unix_path(path));
        EXPECT_EQ(run(workload_for(server.endpoint())).error, "");
    }
    EXPECT_EQ(::unlink(path.c_str()), 0);
}

TEST(ChurnAtAServerThat, AnswersOneWrongByteHasAnErrorInEveryPlace) {
    const Result result = run_to_the_last_error([](std::size_t, std::string_view received) {
        Reaction reaction{std::string(received)};
        reaction.reply.back() = '-';
        return reaction;
    });
    expect_error(result, "wrong reply");
    EXPECT_EQ(result.errors, connections);
}

TEST(ChurnAtAServerThat, AnswersOneByteTooManyHasAnError) {
    expect_error(run_to_the_last_error(
                     [](std::size_t, std::string_view received) { return Reaction{std::string(received) + "x"}; }),
                 "wrong reply");
}

TEST(ChurnAtAServerThat, ClosesTheConnectionWithoutAReplyHasAnError) {
    expect_error(run_to_the_last_error([](std::size_t, std::string_view) { return Reaction{.hang_up = true}; }),
                 "the server closed the connection");
}

TEST(ChurnAtAServerThat, SendsAPartialReplyHasAnError) {
    expect_error(run_to_the_last_error([](std::size_t, std::string_view received) {
                     return Reaction{.reply = std::string(received.substr(0, 8)), .hang_up = true};
                 }),
                 "the server closed the connection");
}

TEST(ChurnAtAServerThat, DiesHasAnErrorInEveryPlace) {
    const Result result = run_to_the_last_error([reads = 0](std::size_t, std::string_view received) mutable {
        return Reaction{.reply = std::string(received), .die = ++reads > 20};
    });
    EXPECT_EQ(result.errors, connections);
}

TEST(ChurnAtAServerThat, IsNotThereHasAnError) {
    const ClosedPort closed_port = ClosedPort::of_connections();
    const Result result = run(workload_for(closed_port.endpoint()));
    expect_error(result, "Connection refused");
    EXPECT_EQ(result.measured.messages, 0u);
}

TEST(ChurnAtAServerThat, NeverClosesItsSideHasAnError) {
    // The kernel accepts the connections, the requests and their ends, but no process reads them.
    const posix::UniqueFd listener = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 64);
    Workload workload = workload_for(posix::Endpoint::local(listener.get()), {.service = Service::discard});
    workload.stall_limit = 100ms;
    workload.duration = 1s;
    expect_error(run(workload), "stalled: no byte sent or received");
}

}  // namespace
}  // namespace iomux::load
