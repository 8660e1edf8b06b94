#include "load/engine/conductor.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "closed_port.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::RunningServer;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

const protocol::ProtocolConfig echo{.service = protocol::Service::echo};

Workload small() { return {.protocol = echo, .connections = 2, .size = 16}; }

Target target_of(const posix::Endpoint& endpoint) { return {.name = "server", .endpoint = endpoint, .processes = {}}; }

Plan plan_for(const std::vector<posix::Endpoint>& endpoints) {
    Plan plan{.targets = {}, .warmup_cycles = 1, .cycles = 4, .prelude = 1ms, .slice = 2ms};
    for (const posix::Endpoint& endpoint : endpoints) plan.targets.push_back(target_of(endpoint));
    return plan;
}

void ignore_results(const std::vector<Result>&) {}

struct Conducted {
    std::vector<Turn> turns;
    std::vector<Result> results;
};

Conducted conduct_all(const Plan& plan, const Workload& workload = small()) {
    const posix::EventFd stop;
    Conducted conducted;
    conduct(
        workload, plan, stop, [&](const Turn& turn) { conducted.turns.push_back(turn); },
        [&](const std::vector<Result>& results) { conducted.results = results; });
    return conducted;
}

TEST(AConductor, GivesEachServerOneTurnPerCycle) {
    const RunningServer first(echo), second(echo), third(echo);
    const Plan plan = plan_for({first.endpoint(), second.endpoint(), third.endpoint()});
    const Conducted conducted = conduct_all(plan);
    ASSERT_EQ(conducted.turns.size(), plan.cycles * 3);
    for (std::size_t cycle = 0; cycle < plan.cycles; ++cycle) {
        std::vector<std::size_t> visited;
        for (std::size_t turn = 0; turn < 3; ++turn) {
            EXPECT_EQ(conducted.turns[cycle * 3 + turn].cycle, cycle);
            visited.push_back(conducted.turns[cycle * 3 + turn].target);
        }
        std::ranges::sort(visited);
        EXPECT_EQ(visited, (std::vector<std::size_t>{0, 1, 2}));
    }
}

TEST(AConductor, VisitsTheServersInAnOrderThatTheSeedDetermines) {
    const RunningServer first(echo), second(echo), third(echo);
    Plan plan = plan_for({first.endpoint(), second.endpoint(), third.endpoint()});
    const auto order_with = [&plan](std::uint64_t seed) {
        plan.seed = seed;
        std::vector<std::size_t> order;
        for (const Turn& turn : conduct_all(plan).turns) order.push_back(turn.target);
        return order;
    };
    const std::vector<std::size_t> once = order_with(1);
    EXPECT_EQ(order_with(1), once);
    EXPECT_NE(order_with(2), once);
}

TEST(AConductor, AddsUpTheTurnsOfEachServer) {
    const RunningServer first(echo), second(echo);
    const Conducted conducted = conduct_all(plan_for({first.endpoint(), second.endpoint()}));
    ASSERT_EQ(conducted.results.size(), 2u);
    for (std::size_t target = 0; target < 2; ++target) {
        std::uint64_t messages = 0, sent = 0;
        std::chrono::nanoseconds length{0};
        for (const Turn& turn : conducted.turns) {
            if (turn.target != target) continue;
            EXPECT_GT(turn.counted.messages, 0u);
            EXPECT_GE(turn.counted.length, 2ms);
            EXPECT_EQ(turn.counted.latency.count(), turn.counted.messages);
            messages += turn.counted.messages;
            sent += turn.counted.sent;
            length += turn.counted.length;
        }
        const Result& result = conducted.results[target];
        EXPECT_EQ(result.error, "");
        EXPECT_EQ(result.measured.messages, messages);
        EXPECT_EQ(result.measured.latency.count(), messages);
        EXPECT_EQ(result.measured.length, length);
        // Each turn ends when everything is answered.
        EXPECT_EQ(sent, messages * 16);
        EXPECT_GT(result.sent_in_all, sent);
    }
}

TEST(AConductor, CountsEveryByteThatAServerReceives) {
    std::atomic<std::uint64_t> received = 0;
    const ScriptedServer server([&](std::size_t, std::string_view text) {
        received += text.size();
        return Reaction{.reply = std::string(text)};
    });
    const Conducted conducted = conduct_all(plan_for({server.endpoint()}));
    EXPECT_EQ(conducted.results.front().sent_in_all, received.load());
}

TEST(AConductor, LeavesTheOtherServersAloneDuringATurn) {
    std::mutex mutex;
    std::vector<std::size_t> served;  // since the last report
    const auto script_of = [&](std::size_t number) {
        return [&, number](std::size_t, std::string_view text) {
            const std::lock_guard lock(mutex);
            served.push_back(number);
            return Reaction{.reply = std::string(text)};
        };
    };
    const ScriptedServer first(script_of(0)), second(script_of(1));
    const posix::EventFd stop;
    std::size_t turns = 0;
    // The first report covers connecting and the warm-up, too.
    conduct(
        small(), plan_for({first.endpoint(), second.endpoint()}), stop,
        [&](const Turn& turn) {
            const std::lock_guard lock(mutex);
            const auto others = std::ranges::count_if(served, [&](std::size_t one) { return one != turn.target; });
            if (turns > 0) {
                EXPECT_EQ(others, 0);
            }
            ++turns;
            served.clear();
        },
        ignore_results);
    EXPECT_EQ(turns, 8u);
}

TEST(AConductor, GoesOnWithoutAServerThatFails) {
    std::atomic<int> replies = 0;
    const RunningServer good(echo);
    const ScriptedServer bad([&](std::size_t, std::string_view text) {
        return ++replies < 10 ? Reaction{.reply = std::string(text)} : Reaction{.hang_up = true};
    });
    const Conducted conducted = conduct_all(plan_for({bad.endpoint(), good.endpoint()}));
    EXPECT_NE(conducted.results[0].error.find("the server closed the connection"), std::string::npos)
        << conducted.results[0].error;
    EXPECT_EQ(conducted.results[1].error, "");
    EXPECT_EQ(std::ranges::count(conducted.turns, 1u, &Turn::target), 4);
}

TEST(AConductor, ReportsAServerThatCannotBeReached) {
    const ClosedPort closed = ClosedPort::of_connections();
    const RunningServer good(echo);
    const Conducted conducted = conduct_all(plan_for({closed.endpoint(), good.endpoint()}));
    EXPECT_NE(conducted.results[0].error.find("Connection refused"), std::string::npos) << conducted.results[0].error;
    EXPECT_EQ(conducted.turns.size(), 4u);
}

TEST(AConductor, ReportsAProcessThatHasEnded) {
    const pid_t ended = ::fork();
    if (ended == 0) ::_exit(0);
    ASSERT_EQ(::waitpid(ended, nullptr, 0), ended);
    const RunningServer server(echo);
    Plan plan = plan_for({server.endpoint()});
    plan.targets.front().processes = {ended};
    const Conducted conducted = conduct_all(plan);
    EXPECT_TRUE(conducted.turns.empty());
    EXPECT_NE(conducted.results[0].error.find("cannot read the server's CPU time"), std::string::npos)
        << conducted.results[0].error;
}

TEST(AConductor, ReadsTheCpuTimeOfTheProcesses) {
    const RunningServer server(echo);
    Plan plan = plan_for({server.endpoint()});
    plan.targets.front().processes = {::getpid()};  // the load as well as the server
    for (const Turn& turn : conduct_all(plan).turns) EXPECT_GT(turn.cpu, turn.counted.cpu);
}

TEST(AConductor, EndsEarlyWhenItIsStopped) {
    const RunningServer first(echo), second(echo);
    const posix::EventFd stop;
    std::size_t turns = 0;
    conduct(
        small(), plan_for({first.endpoint(), second.endpoint()}), stop,
        [&](const Turn&) {
            ++turns;
            stop.notify();
        },
        ignore_results);
    EXPECT_EQ(turns, 1u);
}

}  // namespace
}  // namespace iomux::load
