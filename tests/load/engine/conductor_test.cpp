#include "load/engine/conductor.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

#include "closed_port.hpp"
#include "load/engine/pausing.hpp"
#include "posix/cpu_time.hpp"
#include "posix/socket.hpp"
#include "running_server.hpp"
#include "scripted_datagram_server.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::RunningServer;
using testing_support::ScriptedDatagramServer;
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

void ignore_results(const std::vector<TargetResult>&) {}

struct Conducted {
    std::vector<Turn> turns;
    std::vector<TargetResult> results;
};

Conducted conduct_all(const Plan& plan, const Workload& workload = small()) {
    const posix::EventFd stop;
    Conducted conducted;
    conduct(
        workload, plan, stop, [&](const Turn& turn) { conducted.turns.push_back(turn); },
        [&](const std::vector<TargetResult>& results) { conducted.results = results; });
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
        const Result& result = conducted.results[target].result;
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
    EXPECT_EQ(conducted.results.front().result.sent_in_all, received.load());
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

TEST(AConductor, CountsEveryByteThatAServerTakesWithoutAnAnswer) {
    std::atomic<std::uint64_t> received = 0;
    Workload workload = small();
    workload.protocol.service = protocol::Service::discard;
    std::uint64_t sent = 0;
    {
        const ScriptedServer server([&](std::size_t, std::string_view text) {
            received += text.size();
            return Reaction{};
        });
        const Conducted conducted = conduct_all(plan_for({server.endpoint()}), workload);
        EXPECT_EQ(conducted.turns.size(), 4u);
        for (const Turn& turn : conducted.turns) {
            EXPECT_GT(turn.counted.messages, 0u);
            EXPECT_EQ(turn.counted.sent, turn.counted.messages * 16);
            EXPECT_EQ(turn.counted.latency.count(), 0u);
        }
        sent = conducted.results.front().result.sent_in_all;
        while (received < sent) std::this_thread::yield();
    }
    EXPECT_EQ(sent, received);
}

TEST(AConductor, ReportsAServerThatDoesNotTakeTheBytes) {
    const std::string path = testing::TempDir() + "iomux-untaken-" + std::to_string(::getpid());
    const auto endpoint = posix::Endpoint::unix_path(path);
    const posix::UniqueFd listener = posix::listen_on(endpoint, 64);  // accepts nothing
    Workload workload = small();
    workload.protocol.service = protocol::Service::discard;
    workload.open_loop = OpenLoop{.rate = 1000};  // so little that it fits into the socket's buffer
    workload.stall_limit = 50ms;
    const Conducted conducted = conduct_all(plan_for({endpoint}), workload);
    ::unlink(path.c_str());
    EXPECT_TRUE(conducted.turns.empty());
    const Result& result = conducted.results.front().result;
    EXPECT_EQ(result.errors, 2u);
    EXPECT_NE(result.error.find("stalled: no byte sent or received for 0.05 s"), std::string::npos) << result.error;
}

TEST(AConductor, SendsAndRecordsAllThatFallsDueInATurn) {
    const RunningServer first(echo), second(echo);
    Workload workload = small();
    workload.open_loop = OpenLoop{.rate = 1000, .spacing = Spacing::fixed};
    const Conducted conducted = conduct_all(plan_for({first.endpoint(), second.endpoint()}), workload);
    EXPECT_EQ(conducted.turns.size(), 8u);
    for (const Turn& turn : conducted.turns) {
        // Any two milliseconds on the clock of the arrivals have two of them; one may have been sent early.
        EXPECT_GE(turn.counted.messages, 1u);
        EXPECT_EQ(turn.counted.latency.count(), turn.counted.messages);
        EXPECT_EQ(turn.counted.punctuality.sent, turn.counted.messages);
        EXPECT_EQ(turn.counted.punctuality.due, turn.counted.messages);
    }
    for (const TargetResult& target : conducted.results) EXPECT_EQ(target.result.error, "");
}

TEST(AConductor, InAnOpenLoopGoesOnAfterASliceWithoutAnArrival) {
    const RunningServer server(echo);
    Workload workload = small();
    workload.open_loop = OpenLoop{.rate = 1, .spacing = Spacing::fixed};
    const Conducted conducted = conduct_all(plan_for({server.endpoint()}), workload);
    EXPECT_EQ(conducted.turns.size(), 4u);
    EXPECT_EQ(conducted.results.front().result.error, "");
}

TEST(AConductor, WithChurnOpensNoConnectionOutOfTurn) {
    for (const auto& loop : {std::optional<OpenLoop>(), std::optional<OpenLoop>({.rate = 2000})}) {
        std::atomic<std::size_t> connections = 0, answered = 0;
        const ScriptedServer server([&](std::size_t, std::string_view text) {
            ++connections;
            return Reaction{.reply = std::string(text)};
        });
        Workload workload = small();
        workload.churn = true;
        workload.open_loop = loop;
        const posix::EventFd stop;
        std::vector<TargetResult> results;
        conduct(
            workload, plan_for({server.endpoint()}), stop,
            [&](const Turn& turn) {
                EXPECT_EQ(turn.counted.latency.count(), turn.counted.messages);
                EXPECT_EQ(turn.counted.sent, turn.counted.messages * 16);
                answered += turn.counted.messages;
            },
            [&](const std::vector<TargetResult>& all) { results = all; });
        ASSERT_EQ(results.size(), 1u);
        const Result& result = results.front().result;
        EXPECT_EQ(result.error, "");
        EXPECT_GT(result.measured.messages, 0u);
        EXPECT_EQ(result.measured.messages, answered);
        EXPECT_EQ(result.sent_in_all, connections * 16);
    }
}

TEST(AConductor, VisitsServersOfDatagrams) {
    const RunningServer first(echo), second(echo);
    Workload workload = small();
    workload.transport = Transport::datagrams;
    const Conducted conducted = conduct_all(plan_for({first.endpoint(), second.endpoint()}), workload);
    EXPECT_EQ(conducted.turns.size(), 8u);
    for (const Turn& turn : conducted.turns) {
        EXPECT_GT(turn.counted.datagrams.sent, 0u);
        EXPECT_EQ(turn.counted.datagrams.sent, turn.counted.messages + turn.counted.datagrams.lost);
    }
    for (const TargetResult& target : conducted.results) EXPECT_EQ(target.result.error, "");
}

TEST(AConductor, CountsTheDatagramsThatAServerLoses) {
    // It answers the first socket only.
    const ScriptedDatagramServer server([](std::size_t client, std::string_view text) {
        return client == 0 ? std::vector<ScriptedDatagramServer::Reply>{{client, std::string(text)}}
                           : std::vector<ScriptedDatagramServer::Reply>{};
    });
    Workload workload = small();
    workload.transport = Transport::datagrams;
    const Conducted conducted = conduct_all(plan_for({server.endpoint()}), workload);
    EXPECT_EQ(conducted.turns.size(), 4u);
    std::uint64_t lost = 0;
    for (const Turn& turn : conducted.turns) {
        EXPECT_GE(turn.counted.datagrams.lost, 1u);
        EXPECT_EQ(turn.counted.datagrams.sent, turn.counted.messages + turn.counted.datagrams.lost);
        lost += turn.counted.datagrams.lost;
    }
    EXPECT_EQ(conducted.results.front().result.measured.datagrams.lost, lost);
}

TEST(AConductor, ReportsAServerThatAnswersNoDatagram) {
    const ScriptedDatagramServer server(
        [](std::size_t, std::string_view) { return std::vector<ScriptedDatagramServer::Reply>{}; });
    Workload workload = small();
    workload.transport = Transport::datagrams;
    const std::string error = conduct_all(plan_for({server.endpoint()}), workload).results.front().result.error;
    EXPECT_NE(error.find("datagrams was answered within 0.005 s"), std::string::npos) << error;
}

TEST(AConductor, VisitsTheServersWithSeveralThreads) {
    const RunningServer first(echo), second(echo);
    Workload workload = small();
    workload.connections = 5;
    workload.threads = 3;
    const Conducted conducted = conduct_all(plan_for({first.endpoint(), second.endpoint()}), workload);
    EXPECT_EQ(conducted.turns.size(), 8u);
    for (const Turn& turn : conducted.turns) {
        EXPECT_GE(turn.counted.messages, 5u);
        EXPECT_EQ(turn.counted.latency.count(), turn.counted.messages);
        EXPECT_EQ(turn.counted.sent, turn.counted.messages * 16);
    }
    for (const TargetResult& target : conducted.results) EXPECT_EQ(target.result.error, "");
}

TEST(AConductor, WithSeveralThreadsReportsAServerThatCannotBeReached) {
    const ClosedPort closed = ClosedPort::of_connections();
    const RunningServer good(echo);
    Workload workload = small();
    workload.threads = 2;
    const Conducted conducted = conduct_all(plan_for({closed.endpoint(), good.endpoint()}), workload);
    EXPECT_NE(conducted.results[0].result.error.find("Connection refused"), std::string::npos);
    EXPECT_EQ(conducted.results[1].result.error, "");
    EXPECT_EQ(conducted.turns.size(), 4u);
}

TEST(AConductor, WithSeveralThreadsEndsEarlyWhenItIsStopped) {
    const RunningServer server(echo);
    Workload workload = small();
    workload.threads = 2;
    const posix::EventFd stop;
    std::size_t turns = 0;
    conduct(
        workload, plan_for({server.endpoint()}), stop,
        [&](const Turn&) {
            ++turns;
            stop.notify();
        },
        ignore_results);
    EXPECT_EQ(turns, 1u);
}

TEST(AConductor, GoesOnWithoutAServerThatFails) {
    std::atomic<int> replies = 0;
    const RunningServer good(echo);
    const ScriptedServer bad([&](std::size_t, std::string_view text) {
        return ++replies < 10 ? Reaction{.reply = std::string(text)} : Reaction{.hang_up = true};
    });
    const Conducted conducted = conduct_all(plan_for({bad.endpoint(), good.endpoint()}));
    EXPECT_NE(conducted.results[0].result.error.find("the server closed the connection"), std::string::npos)
        << conducted.results[0].result.error;
    EXPECT_EQ(conducted.results[1].result.error, "");
    EXPECT_EQ(std::ranges::count(conducted.turns, 1u, &Turn::target), 4);
}

TEST(AConductor, ReportsAServerThatCannotBeReached) {
    const ClosedPort closed = ClosedPort::of_connections();
    const RunningServer good(echo);
    const Conducted conducted = conduct_all(plan_for({closed.endpoint(), good.endpoint()}));
    EXPECT_NE(conducted.results[0].result.error.find("Connection refused"), std::string::npos)
        << conducted.results[0].result.error;
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
    EXPECT_NE(conducted.results[0].result.error.find("cannot read the server's CPU time"), std::string::npos)
        << conducted.results[0].result.error;
}

TEST(AConductor, ReadsTheCpuTimeOfTheProcesses) {
    const RunningServer server(echo);
    Plan plan = plan_for({server.endpoint()});
    plan.targets.front().processes = {::getpid()};  // the load as well as the server
    plan.targets.front().pausable = false;
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

// A process that does `work` again and again.
class Process {
public:
    explicit Process(void (*work)()) : pid_(::fork()) {
        while (pid_ == 0) work();
    }
    ~Process() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    // Waits until it is stopped.
    bool is_stopped() const {
        int status = 0;
        return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
    }
    // Whether it was stopped or continued since the last call.
    bool was_paused() const { return ::waitpid(pid_, nullptr, WUNTRACED | WCONTINUED | WNOHANG) == pid_; }

private:
    pid_t pid_;
};

void spin() {}
void sleep() { ::pause(); }

char state_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string pid, name;
    char state = '?';
    file >> pid >> name >> state;
    return state;
}

TEST(AProcess, IsRunnableUnlessItSleepsOrIsStopped) {
    const Process spinning(spin), sleeping(sleep);
    const std::array both{sleeping.pid(), spinning.pid()};
    const std::span<const pid_t> sleeper = std::span(both).first(1);
    EXPECT_TRUE(posix::are_runnable(both));
    while (posix::are_runnable(sleeper)) std::this_thread::yield();
    EXPECT_TRUE(posix::are_runnable(both));
    ::kill(spinning.pid(), SIGSTOP);
    EXPECT_TRUE(spinning.is_stopped());
    EXPECT_FALSE(posix::are_runnable(both));
    EXPECT_FALSE(posix::are_runnable({}));
}

// The first server has two processes; the other server's turns are long enough to observe them.
Plan plan_with(const std::vector<pid_t>& processes, const RunningServer& server, const RunningServer& other) {
    Plan plan = plan_for({server.endpoint(), other.endpoint()});
    plan.targets.front().processes = processes;
    plan.slice = 2 * Rest::shortest;
    plan.warmup_cycles = 7;
    return plan;
}

TEST(AConductor, PausesProcessesThatSpinBetweenTheirTurns) {
    const RunningServer server(echo), other(echo);
    const Process first(spin), second(spin);
    const posix::EventFd stop;
    std::vector<TargetResult> results;
    conduct(
        small(), plan_with({first.pid(), second.pid()}, server, other), stop,
        [&](const Turn& turn) {
            if (turn.target != 0) return;
            EXPECT_TRUE(first.is_stopped());
            EXPECT_TRUE(second.is_stopped());
            EXPECT_LT(turn.cpu_between, 1ms);
        },
        [&](const std::vector<TargetResult>& all) {
            results = all;
            for (const Process* process : {&first, &second}) EXPECT_NE(state_of(process->pid()), 'T');
        });
    ASSERT_EQ(results.size(), 2u);
    EXPECT_TRUE(results[0].paused);
    EXPECT_GT(results[0].cpu_share_between, Rest::largest_share);
    EXPECT_FALSE(results[1].paused);
    EXPECT_EQ(results[1].cpu_share_between, std::nullopt);
}

TEST(AConductor, DoesNotPauseAProcessThatSleeps) {
    const RunningServer server(echo), other(echo);
    const Process process(sleep);
    const Conducted conducted = conduct_all(plan_with({process.pid()}, server, other));
    EXPECT_FALSE(conducted.results[0].paused);
    EXPECT_LT(conducted.results[0].cpu_share_between, Rest::largest_share);
    EXPECT_FALSE(process.was_paused());
}

TEST(AConductor, DoesNotPauseAProcessIfThePlanForbidsIt) {
    const RunningServer server(echo), other(echo);
    const Process process(spin);
    Plan plan = plan_with({process.pid()}, server, other);
    plan.targets.front().pausable = false;
    const Conducted conducted = conduct_all(plan);
    EXPECT_FALSE(conducted.results[0].paused);
    EXPECT_GT(conducted.results[0].cpu_share_between, Rest::largest_share);
    EXPECT_FALSE(process.was_paused());
}

TEST(AConductor, ContinuesTheProcessesIfItThrows) {
    const RunningServer server(echo), other(echo);
    const Process process(spin);
    const posix::EventFd stop;
    const auto fail = [&](const Turn& turn) {
        if (turn.target != 0) return;
        EXPECT_TRUE(process.is_stopped());
        throw std::runtime_error("the report failed");
    };
    EXPECT_THROW(conduct(small(), plan_with({process.pid()}, server, other), stop, fail, ignore_results),
                 std::runtime_error);
    EXPECT_NE(state_of(process.pid()), 'T');
}

TEST(AConductor, WarmsUpATargetAsThePlanSays) {
    const RunningServer first(echo), second(echo);
    Plan plan = plan_for({first.endpoint(), second.endpoint()});
    plan.warmup_cycles = plan.cycles = 0;
    plan.targets[0].warm_up = {.least = 4ms, .longest = 4ms};
    const Conducted conducted = conduct_all(plan);
    EXPECT_EQ(conducted.results[0].warm_up, 4ms);
    EXPECT_EQ(conducted.results[1].warm_up, 0ms);
    EXPECT_EQ(conducted.results[0].result.measured.messages, 0u) << "a warm-up is not counted";
    const std::uint64_t for_connecting = 2 * 16;
    EXPECT_GT(conducted.results[0].result.sent_in_all, for_connecting);
    EXPECT_EQ(conducted.results[1].result.sent_in_all, for_connecting);
}

// Processes that use no CPU time have the same cost in both halves.
TEST(AConductor, WarmsUpATargetUntilItsCostSettles) {
    const RunningServer first(echo), second(echo);
    const Process process(sleep);
    while (posix::are_runnable(std::array{process.pid()})) std::this_thread::yield();
    Plan plan = plan_for({first.endpoint(), second.endpoint()});
    plan.targets[0].processes = {process.pid()};
    for (Target& target : plan.targets) target.warm_up = {.least = 2ms, .longest = 1h};
    const Conducted conducted = conduct_all(plan);
    EXPECT_EQ(conducted.results[0].warm_up, 2ms);
    EXPECT_EQ(conducted.results[0].settled, true);
    EXPECT_EQ(conducted.results[1].warm_up, 2ms);
    EXPECT_EQ(conducted.results[1].settled, std::nullopt) << "without a process there is no cost";
}

TEST(AConductor, GoesOnWithoutATargetThatFailsInItsWarmUp) {
    const RunningServer good(echo);
    std::atomic<int> messages = 0;
    const ScriptedServer bad([&](std::size_t, std::string_view text) {
        return Reaction{.reply = std::string(text), .die = ++messages > 2};
    });
    Plan plan = plan_for({bad.endpoint(), good.endpoint()});
    for (Target& target : plan.targets) target.warm_up = {.least = 2ms, .longest = 1h};
    const Conducted conducted = conduct_all(plan);
    EXPECT_GT(conducted.results[0].result.errors, 0u);
    EXPECT_EQ(conducted.results[1].result.errors, 0u);
    EXPECT_EQ(conducted.turns.size(), plan.cycles) << "only those of the good one";
}

TEST(AConductor, TakesTheProcessesOnceEachConnectionHasBeenServed) {
    std::atomic<std::uint64_t> received = 0;
    const ScriptedServer server([&](std::size_t, std::string_view text) {
        received += text.size();
        return Reaction{.reply = std::string(text)};
    });
    const Process process(sleep);
    const posix::EventFd stop;
    Plan plan = plan_for({server.endpoint()});
    std::vector<TargetResult> results;
    conduct(
        small(), plan, stop, [](const Turn&) {}, [&](const std::vector<TargetResult>& all) { results = all; },
        [&] {
            EXPECT_EQ(received, 2u * 16);
            plan.targets.front().processes = {process.pid()};
        });
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results.front().result.error, "");
    EXPECT_TRUE(results.front().cpu_share_between) << "its clock was read";
}

TEST(AConductor, OnlyConnectsIfThePlanHasNoCycles) {
    const RunningServer first(echo), second(echo);
    Plan plan = plan_for({first.endpoint(), second.endpoint()});
    plan.warmup_cycles = plan.cycles = 0;
    const Conducted conducted = conduct_all(plan);
    EXPECT_TRUE(conducted.turns.empty());
    for (const TargetResult& target : conducted.results) {
        EXPECT_EQ(target.result.errors + target.result.starved, 0u);
        EXPECT_EQ(target.result.sent_in_all, 2u * 16);  // a message on each connection
    }
}

TEST(AConductor, WithoutCyclesCountsConnectionsThatGotNoReply) {
    // With the patience of the workload, or of the target. With the other one, this test would not end.
    for (const bool has_target_patience : {false, true}) {
        const ScriptedServer server([](std::size_t connection, std::string_view text) {
            return connection == 0 ? Reaction{.reply = std::string(text)} : Reaction{};
        });
        Plan plan = plan_for({server.endpoint()});
        plan.warmup_cycles = plan.cycles = 0;
        Workload workload = small();
        workload.patience = has_target_patience ? 1h : 10ms;
        if (has_target_patience) plan.targets.front().patience = 10ms;
        EXPECT_EQ(conduct_all(plan, workload).results.front().result.starved, 1u);
    }
}

}  // namespace
}  // namespace iomux::load
