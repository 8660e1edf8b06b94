#include "load/engine/threads.hpp"

#include <gtest/gtest.h>

#include "closed_port.hpp"
#include "load/engine/generator.hpp"
#include "load/engine/schedule.hpp"
#include "open_connections.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::ConnectionsOfAWindow;
using testing_support::RunningServer;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

const protocol::ProtocolConfig echo{.service = protocol::Service::echo};

Workload workload_for(const posix::Endpoint& endpoint) {
    return {.endpoint = endpoint, .connections = 7, .threads = 3, .warmup = 5ms, .duration = 50ms};
}

Result run(const Workload& workload, const WindowMarks& marks = {}) {
    const posix::EventFd stop;
    return run_threads(workload, stop, marks);
}

TEST(AThreadsShare, DiffersFromTheOthersByAtMostOneConnection) {
    const Workload all{.connections = 10, .threads = 4, .idle = 5};
    std::vector<std::size_t> connections, idle, first;
    for (std::size_t thread = 0; thread < all.threads; ++thread) {
        const Workload share = share_of(all, thread);
        connections.push_back(share.connections);
        idle.push_back(share.idle);
        first.push_back(share.first_connection);
    }
    EXPECT_EQ(connections, (std::vector<std::size_t>{3, 3, 2, 2}));
    EXPECT_EQ(idle, (std::vector<std::size_t>{2, 1, 1, 1}));
    EXPECT_EQ(first, (std::vector<std::size_t>{0, 5, 9, 12}));
}

std::uint64_t requests_within(std::chrono::nanoseconds time, const OpenLoop& loop) {
    const Schedule::Time start{1h};
    return Schedule(loop, start).overdue(start + time);
}

TEST(AThreadsShare, OfTheRequestsIsProportionalToItsConnections) {
    Workload all{.connections = 4, .open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed, .seed = 7}};
    all.threads = 3;
    const Workload first = share_of(all, 0), last = share_of(all, 2);
    EXPECT_EQ(requests_within(1s, *first.open_loop), 500u);
    EXPECT_EQ(requests_within(1s, *last.open_loop), 250u);
}

TEST(AThreadsShare, OfTheRequestsAddsUpToTheRate) {
    for (const Spacing spacing : {Spacing::fixed, Spacing::exponential}) {
        // In one second, a thread has half a request on average.
        Workload all{.open_loop = OpenLoop{.rate = 2, .spacing = spacing}};
        all.threads = 4;
        for (const auto time : {500ms, 1000ms, 3000ms, 100'000ms}) {
            std::uint64_t sum = 0;
            for (std::size_t thread = 0; thread < all.threads; ++thread)
                sum += requests_within(time, *share_of(all, thread).open_loop);
            EXPECT_EQ(sum, requests_within(time, *all.open_loop));
        }
    }
}

TEST(Results, OfThreadsAreMergedExactly) {
    Result one, other, together;
    for (int i = 1; i <= 1000; ++i) {
        (i % 3 == 0 ? one : other).measured.latency.record(i * 1us);
        together.measured.latency.record(i * 1us);
    }
    one.measured.length = 1s;
    one.measured.messages = 333;
    other.measured.length = 2s;
    other.measured.messages = 667;
    one.sent_in_all = 40'000;
    other.sent_in_all = 24'000;
    other.errors = 2;
    other.error = "the server closed the connection";
    const Result all = merged(std::vector{one, other});
    EXPECT_EQ(all.measured.latency, together.measured.latency);
    EXPECT_EQ(all.measured.length, 2s);
    EXPECT_EQ(all.measured.messages, 1000u);
    EXPECT_EQ(all.sent_in_all, 64'000u);
    EXPECT_EQ(all.errors, 2u);
    EXPECT_EQ(all.error, other.error);
}

TEST(Results, AreEmptyIfAThreadNeverReachedItsWindow) {
    Result one;
    one.measured.length = 1s;
    one.measured.messages = 5;
    EXPECT_EQ(merged(std::vector{one, Result{.errors = 1}}).measured.messages, 0u);
}

TEST(Threads, ReportNoErrorForACorrectServer) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.idle = 5;
    std::string marks;
    const Result result = run(workload, {.begins = [&] { marks += "("; },
                                         .ends = [&] { marks += ")"; },
                                         .connected = [&] { marks += "connected"; },
                                         .acknowledged = [&] { marks += " acknowledged"; }});
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.starved, 0u);
    EXPECT_EQ(result.measured.latency.count(), result.measured.messages);
    EXPECT_EQ(marks, "connected() acknowledged");
}

TEST(Threads, CloseNoConnectionBeforeTheAcknowledgement) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.idle = 5;
    ConnectionsOfAWindow open{server.endpoint()};
    EXPECT_EQ(run(workload, open.marks()).error, "");
    EXPECT_GT(open.in_the_window, 5u);
    EXPECT_EQ(open.at_the_acknowledgement, open.in_the_window);
}

// Its window would be longer than those of the others, and the rate of all would be too low.
TEST(AThread, DoesNotWaitForAMessageOfItsOwnIfAnotherHasOne) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.threads = 1;
    workload.open_loop = OpenLoop{.rate = 0.001, .spacing = Spacing::fixed};
    const auto shared = std::make_shared<SharedByThreads>();
    shared->any_measured = true;
    const posix::EventFd stop;
    const Result result = Generator(workload, stop, {}, shared).run();
    EXPECT_GE(result.measured.length, workload.duration);
    EXPECT_LT(result.measured.length, Measurement::longest_delay);
}

TEST(Threads, WithoutAServedConnectionCountTheirsAsStarved) {
    const ScriptedServer server([](std::size_t connection, std::string_view received) {
        return connection == 0 ? Reaction{std::string(received)} : Reaction{};
    });
    Workload workload = workload_for(server.endpoint());
    workload.patience = 20ms;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.starved, workload.connections - 1);
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(Threads, ShareAnOpenLoop) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.open_loop = OpenLoop{.rate = 2000, .spacing = Spacing::fixed};
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    // The window has at least the requested length, and each thread may be off by one message at both ends.
    EXPECT_GE(result.measured.punctuality.due, 100u - 2 * workload.threads);
}

TEST(Threads, EndIfTheyAreStopped) {
    const RunningServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.duration = 1h;
    const posix::EventFd stop;
    EXPECT_EQ(run_threads(workload, stop, {[&] { stop.notify(); }, [] {}}).errors, 0u);
}

TEST(Threads, AllEndIfOneCannotConnect) {
    const ClosedPort closed_port = ClosedPort::of_connections();
    Workload workload = workload_for(closed_port.endpoint());
    workload.duration = 10s;
    const Result result = run(workload);
    EXPECT_GE(result.errors, 1u);
    EXPECT_NE(result.error.find("onnection refused"), std::string::npos) << result.error;
    EXPECT_EQ(result.measured.messages, 0u);
}

TEST(Threads, AllEndIfOneHasNoConnectionLeft) {
    std::size_t reads = 0;
    const ScriptedServer server([&](std::size_t connection, std::string_view received) {
        // All connections have been served by then, and the load continues.
        return Reaction{std::string(received), connection == 0 && ++reads > 20};
    });
    Workload workload = workload_for(server.endpoint());
    workload.connections = workload.threads;
    workload.duration = 1h;
    const Result result = run(workload);
    EXPECT_EQ(result.errors, 1u);
    EXPECT_TRUE(result.error.starts_with("connection ")) << result.error;
}

}  // namespace
}  // namespace iomux::load
