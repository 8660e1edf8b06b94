#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <future>
#include <thread>

#include "load/engine/generator.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::RunningServer;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

const protocol::ProtocolConfig echo{.service = protocol::Service::echo};

Workload at_rate(double rate, const posix::Endpoint& endpoint) {
    return {.endpoint = endpoint,
            .connections = 4,
            .size = 16,
            .open_loop = OpenLoop{.rate = rate, .spacing = Spacing::fixed},
            .warmup = 1ms,
            .duration = 100ms,
            .stall_limit = 5s};
}

Result run(const Workload& workload) {
    const posix::EventFd stop;
    return Generator(workload, stop, {}).run();
}

// The number of due requests may be off by two: one is sent early together with another, and one is just due.
constexpr double one_at_each_end = 2;

// On a busy machine the window is longer than requested, and its length is read after its requests are counted.
void expect_due(const Workload& workload, const Result& result, double tolerance = one_at_each_end) {
    const auto due_in = [&](std::chrono::nanoseconds time) {
        return workload.open_loop->rate * std::chrono::duration<double>(time).count();
    };
    const auto due = static_cast<double>(result.measured.punctuality.due);
    EXPECT_GE(due, due_in(workload.duration) - tolerance);
    EXPECT_LE(due, due_in(result.measured.length) + tolerance);
}

std::uint64_t count_from(std::chrono::nanoseconds least, const Histogram& times) {
    std::uint64_t count = 0;
    for (const Histogram::Bucket& bucket : times.buckets())
        if (bucket.time >= least) count += bucket.count;
    return count;
}

TEST(OpenLoop, MeasuresUntilItsFirstMessageIsServed) {
    const RunningServer server(echo);
    Workload workload = at_rate(10, server.endpoint());
    workload.duration = 1ms;
    EXPECT_GE(run(workload).measured.messages, 1u);
}

TEST(OpenLoop, SendsAtItsRateEvenIfTheServerIsFaster) {
    const RunningServer server(echo);
    const Workload workload = at_rate(1000, server.endpoint());
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    expect_due(workload, result);
    EXPECT_EQ(result.measured.latency.count(), result.measured.messages + result.measured.punctuality.answered_later);
    EXPECT_EQ(result.measured.punctuality.unanswered, 0u);
}

TEST(OpenLoop, SendsAtItsRateWithExponentialSpacingsToo) {
    const RunningServer server(echo);
    Workload workload = at_rate(10'000, server.endpoint());
    workload.open_loop->spacing = Spacing::exponential;
    workload.depth = 4;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    expect_due(workload, result, 6 * std::sqrt(static_cast<double>(result.measured.punctuality.due)));
}

TEST(OpenLoop, SendsWithServiceDiscard) {
    const protocol::ProtocolConfig discard{.service = protocol::Service::discard};
    const RunningServer server(discard);
    Workload workload = at_rate(1000, server.endpoint());
    workload.protocol = discard;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    const Punctuality& punctuality = result.measured.punctuality;
    EXPECT_EQ(result.measured.messages, punctuality.sent + punctuality.backlog_sent);
    EXPECT_EQ(result.measured.latency.count(), 0u);
}

// A closed loop would show the stall once per connection and omit the requests that would have been sent during it.
TEST(OpenLoop, ShowsAStallToEveryRequestThatWasDueInIt) {
    static constexpr auto stall = 200ms;
    const ScriptedServer server([reads = 0](std::size_t, std::string_view received) mutable {
        if (++reads == 50) std::this_thread::sleep_for(stall);
        return Reaction{std::string(received)};
    });
    Workload workload = at_rate(1000, server.endpoint());
    workload.duration = 1s;
    const Result result = run(workload);
    const Window& window = result.measured;
    EXPECT_EQ(result.error, "");
    expect_due(workload, result);
    EXPECT_GE(window.latency.max(), stall);
    EXPECT_GE(window.latency.percentile(99), stall * 9 / 10);
    // 200 requests are due during the stall, one per millisecond, and half of them wait for more than half of it. On a
    // slow machine some of them wait until the end.
    const std::uint64_t unsent = window.punctuality.unsent;
    EXPECT_GE(count_from(stall / 2, window.latency) + unsent, 95u);
    EXPECT_GE(window.punctuality.late + unsent, 190u);
    EXPECT_GE(window.punctuality.lateness.max(), stall * 9 / 10);
}

// Answers only the first requests in the window.
constexpr std::size_t answered_in_the_window = 5;

// Requests are due every millisecond of the window, and all but a few of them wait for its end.
TEST(OpenLoop, ShowsAStallAtTheEndOfTheWindowToEveryRequestThatWasDueInIt) {
    std::atomic<bool> began = false;
    std::promise<void> ended;
    const ScriptedServer server([&, reads = std::size_t{0}](std::size_t, std::string_view received) mutable {
        if (began && ++reads == answered_in_the_window + 1) ended.get_future().wait();
        return Reaction{std::string(received)};
    });
    const Workload workload = at_rate(1000, server.endpoint());
    const posix::EventFd stop;
    const Result result =
        Generator(workload, stop, {.begins = [&] { began = true; }, .ends = [&] { ended.set_value(); }}).run();
    const Window& window = result.measured;
    EXPECT_EQ(result.error, "");
    expect_due(workload, result);
    // Replies to requests before the window may be among them.
    const std::uint64_t most_answered = answered_in_the_window + workload.connections;
    EXPECT_LE(window.messages, most_answered);
    EXPECT_EQ(window.latency.count(), window.messages + window.punctuality.answered_later);
    EXPECT_GE(window.latency.count(), window.punctuality.due);
    EXPECT_EQ(window.punctuality.unanswered, 0u);
    EXPECT_GE(window.latency.percentile(99), 50ms);
    EXPECT_GE(count_from(50ms, window.latency) + most_answered, window.punctuality.due / 2);
    EXPECT_EQ(window.punctuality.lateness.count(), window.punctuality.sent + window.punctuality.unsent);
    EXPECT_GE(window.punctuality.lateness.max(), 50ms);
}

TEST(OpenLoop, CountsARequestThatIsNeverAnsweredWithTheTimeThatItWaited) {
    std::atomic<bool> began = false;
    const ScriptedServer server([&, reads = std::size_t{0}](std::size_t, std::string_view received) mutable {
        return began && ++reads > answered_in_the_window ? Reaction{} : Reaction{std::string(received)};
    });
    Workload workload = at_rate(1000, server.endpoint());
    workload.longest_wait = 20ms;
    workload.stall_limit = 2s;
    const posix::EventFd stop;
    const Window window = Generator(workload, stop, {.begins = [&] { began = true; }}).run().measured;
    const Punctuality& punctuality = window.punctuality;
    EXPECT_EQ(window.latency.count(), window.messages + punctuality.answered_later + punctuality.unanswered);
    EXPECT_GE(window.latency.count(), punctuality.due);
    EXPECT_GE(punctuality.unanswered + answered_in_the_window + workload.connections, punctuality.due);
    EXPECT_GE(window.latency.percentile(99), workload.longest_wait + 50ms);
}

TEST(OpenLoop, CountsRequestsWithoutAFreeConnectionAsUnsent) {
    // Each connection gets its first reply and no other.
    const ScriptedServer server([reads = 0](std::size_t, std::string_view received) mutable {
        return ++reads <= 4 ? Reaction{std::string(received)} : Reaction{};
    });
    Workload workload = at_rate(1000, server.endpoint());
    workload.stall_limit = 2s;
    const Punctuality punctuality = run(workload).measured.punctuality;
    EXPECT_LE(punctuality.sent, 4u);
    EXPECT_EQ(punctuality.due, punctuality.sent + punctuality.unsent);
    // One request is due per millisecond.
    EXPECT_GE(punctuality.unsent, 94u);
}

TEST(OpenLoop, HasAsManyRequestsInFlightAsItsDepthAllows) {
    const ScriptedServer server([reads = 0](std::size_t, std::string_view received) mutable {
        return ++reads <= 4 ? Reaction{std::string(received)} : Reaction{};
    });
    Workload workload = at_rate(1000, server.endpoint());
    workload.depth = 1000;  // more than will be due, even on a slow machine
    workload.stall_limit = 500ms;
    EXPECT_EQ(run(workload).measured.punctuality.unsent, 0u);
}

TEST(OpenLoop, DoesNotMistakeSilenceForAStallWhileNothingIsDue) {
    const RunningServer server(echo);
    Workload workload = at_rate(2, server.endpoint());
    workload.duration = 1100ms;
    workload.stall_limit = 400ms;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    EXPECT_GT(result.measured.punctuality.sent, 0u);
}

TEST(OpenLoop, ContinuesWithTheRemainingConnections) {
    const ScriptedServer server([reads = 0](std::size_t connection, std::string_view received) mutable {
        return Reaction{.reply = std::string(received), .hang_up = connection == 0 && ++reads == 2};
    });
    const Workload workload = at_rate(1000, server.endpoint());
    const Result result = run(workload);
    EXPECT_EQ(result.errors, 1u);
    expect_due(workload, result);
}

}  // namespace
}  // namespace iomux::load
