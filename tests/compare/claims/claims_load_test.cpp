// Verdicts of the claims about threads, from the rounds of the servers.
#include <gtest/gtest.h>

#include "compare/claims/claims.hpp"
#include "compare/claims/threading_measurement.hpp"
#include "threading_figures.hpp"

namespace iomux::compare {
namespace {

// Eight sessions with these mean costs, of which none differs by more than 2 from it.
std::vector<int> around(int cost) {
    return {cost - 2, cost + 2, cost - 1, cost + 1, cost - 2, cost + 2, cost - 1, cost + 1};
}

Claim judged(const std::vector<BlockingCosts>& all) {
    ThreadingFigures figures;
    for (const BlockingCosts& costs : all) figures.load.push_back(load_in_sessions(costs));
    return few_connections_are_for_threads(figures);
}

TEST(FewConnectionsClaim, HoldsUpToTheNumberWhereThreadsBecomeCostlier) {
    const Claim claim =
        judged({{1, around(90)}, {2, around(95)}, {4, around(100)}, {8, around(137)}, {1000, around(250)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_EQ(
        claim.why,
        "Up to 4 connections: with 1 connection, a thread per connection takes 0.90 × [0.89–0.91] the CPU per "
        "message of epoll, with 2 connections 0.95 × [0.94–0.96]; with 4 connections, it is the same "
        "within 2 %. It turns between 4 and 8 connections: with 8 connections, a thread per connection takes 1.37 "
        "× [1.36–1.38] the CPU per message of epoll; with 1,000, 2.50 × [2.49–2.51].");
}

TEST(FewConnectionsClaim, HasTheIntervalOfEachRatio) {
    const Claim claim = judged({{1, around(90)}, {8, around(137)}});
    ASSERT_EQ(claim.figures.size(), 2u);
    EXPECT_EQ(claim.figures[1].name, "CPU per message of blocking ÷ epoll's, with 8 connections");
    EXPECT_NEAR(claim.figures[1].value, 1.37, 0.005);
    ASSERT_TRUE(claim.figures[1].interval);
    EXPECT_NEAR(claim.figures[1].interval->low, 1.356, 0.005);
    EXPECT_NEAR(claim.figures[1].interval->high, 1.384, 0.005);
}

TEST(FewConnectionsClaim, HoldsForSimplicityIfFewConnectionsAreNotToldApart) {
    const Claim claim = judged({{1, around(100)}, {2, around(101)}, {4, around(137)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "simpler code is the reason, up to 2 connections: with 1 and 2 connections, the CPU per message of a "
              "thread per connection and of epoll is the same within 2 %. It turns between 2 and 4 connections: with 4 "
              "connections, a thread per connection takes 1.37 × [1.36–1.38] the CPU per message of epoll");
    const Claim wider = judged({{1, {96, 104, 97, 103, 96, 104, 97, 103}}, {4, around(137)}});
    EXPECT_EQ(wider.verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(
        wider.why.find("with 1 connection, the CPU per message of a thread per connection and of epoll is not told "
                       "apart (±"),
        std::string::npos)
        << wider.why;
}

TEST(FewConnectionsClaim, SaysIfTheMostConnectionsAreNotToldApart) {
    const Claim claim = judged({{1, around(90)}, {8, around(137)}, {1000, around(100)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_TRUE(claim.why.ends_with("with 1,000, the same within 2 %.")) << claim.why;
}

TEST(FewConnectionsClaim, IsNotMeasuredIfFewConnectionsAreTooNoisyToTell) {
    const Claim claim = judged({{1, {60, 140, 70, 130, 60, 140, 100, 110}}, {8, around(250)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
    EXPECT_TRUE(claim.why.starts_with("Up to 1 connection, a thread per connection and epoll are too noisy to tell (±"))
        << claim.why;
    EXPECT_TRUE(claim.figures.empty());
}

TEST(FewConnectionsClaim, DoesNotHoldIfThreadsAreCostlierForFewConnectionsToo) {
    const Claim claim = judged({{1, around(120)}, {8, around(137)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(claim.why,
              "Threads cost more even for few connections: with 1 connection, a thread per connection takes 1.20 × "
              "[1.19–1.21] the CPU per message of epoll; with 8, 1.37 × [1.36–1.38].");
}

TEST(FewConnectionsClaim, DoesNotHoldIfThreadsAreNotCostlierForManyConnections) {
    const Claim cheaper = judged({{1, around(90)}, {8, around(137)}, {1000, around(90)}});
    EXPECT_EQ(cheaper.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(cheaper.why,
              "It does not turn, up to the most connections that were tried: with 1,000 connections, the CPU per "
              "message of a thread per connection, compared with epoll's, is 0.90 × [0.89–0.91].");
    const Claim alike = judged({{1, around(90)}, {1000, around(100)}});
    EXPECT_EQ(alike.verdict, ClaimVerdict::does_not_hold);
    EXPECT_TRUE(alike.why.ends_with("compared with epoll's, is the same within 2 %.")) << alike.why;
}

TEST(FewConnectionsClaim, IsNotMeasuredIfTheFiguresContradictEachOther) {
    const Claim claim = judged({{1, around(90)}, {2, around(137)}, {4, around(90)}, {100, around(250)}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
    EXPECT_EQ(claim.why,
              "The figures contradict each other: with 2 connections, threads take 1.37 × [1.36–1.38] the CPU per "
              "message of epoll, and with 4 "
              "connections 0.90 × [0.89–0.91]. A longer measurement may tell.");
    EXPECT_TRUE(claim.figures.empty());
}

TEST(FewConnectionsClaim, IsNotMeasuredIfManyConnectionsAreTooNoisyToTell) {
    const Claim claim = judged({{1, around(90)}, {1000, {60, 140, 70, 130, 60, 140, 100, 110}}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
    EXPECT_TRUE(
        claim.why.starts_with("No number of connections was found that needs more CPU with threads, and with "
                              "1,000 connections it is too noisy to tell (±"))
        << claim.why;
}

// Each of these ratios alone would be told apart: p is 0.02.
TEST(FewConnectionsClaim, IsStricterTheMoreNumbersOfConnectionsAreTried) {
    const std::vector<int> hardly_cheaper{97, 96, 101, 97, 99, 96, 98, 100};
    const auto verdict_with = [&](std::size_t numbers) {
        std::vector<BlockingCosts> all;
        for (std::size_t i = 1; i < numbers; ++i) all.push_back({i, hardly_cheaper});
        all.push_back({1000, around(250)});
        return judged(all).verdict;
    };
    EXPECT_EQ(verdict_with(2), ClaimVerdict::holds);
    EXPECT_EQ(verdict_with(6), ClaimVerdict::holds_only_when);
}

TEST(FewConnectionsClaim, IsJudgedByWindowsToo) {
    const Claim claim = few_connections_are_for_threads(threading_figures(90, 250));
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_NE(
        claim.why.find("with 8 connections, a thread per connection takes 0.90 × [0.90–0.90] the CPU per message"),
        std::string::npos)
        << claim.why;
    EXPECT_NE(claim.why.find("with 1,000 connections, a thread per connection takes 2.50 × [2.50–2.50] the CPU"),
              std::string::npos)
        << claim.why;
    ASSERT_EQ(claim.figures.size(), 2u);
    EXPECT_EQ(claim.figures[1].value, 2.5);
    ThreadingFigures alike = threading_figures(100, 250);
    alike.load[0].rows[1] = row("blocking", {99, 101, 98, 102, 97, 103, 100});
    EXPECT_EQ(few_connections_are_for_threads(alike).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(few_connections_are_for_threads(threading_figures(120, 250)).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(few_connections_are_for_threads(threading_figures(90, 90)).verdict, ClaimVerdict::does_not_hold);
}

TEST(FewConnectionsClaim, HasAFigureForThePoolIfItWasMeasured) {
    ThreadingFigures with_pool = threading_figures(90, 250);
    with_pool.load[0].rows.push_back(row("pool", std::vector<int>(7, 95)));
    EXPECT_EQ(few_connections_are_for_threads(with_pool).figures.size(), 3u);
}

TEST(FewConnectionsClaim, IsNotMeasuredWithTooFewRounds) {
    ThreadingFigures hasty = threading_figures(90, 250);
    for (ServerResult& one : hasty.load[1].rows) one.rounds.resize(4);
    const Claim claim = few_connections_are_for_threads(hasty);
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
    EXPECT_NE(claim.why.find("Too few rounds"), std::string::npos) << claim.why;
}

// Seven are enough for two numbers of connections.
TEST(FewConnectionsClaim, NeedsMoreRoundsForMoreNumbersOfConnections) {
    ThreadingFigures hasty = threading_figures(90, 250);
    for (const std::size_t connections : {2000u, 3000u, 4000u, 5000u})
        hasty.load.push_back(load_point({connections, std::vector<int>(7, 250)}));
    EXPECT_EQ(few_connections_are_for_threads(hasty).verdict, ClaimVerdict::not_measured);
}

TEST(FewConnectionsClaim, NamesTheServerThatFailed) {
    for (const std::size_t which : {0u, 1u}) {
        ThreadingFigures broken = threading_figures(90, 250);
        broken.load[1].rows[which].failed = "died";
        const Claim claim = few_connections_are_for_threads(broken);
        EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
        EXPECT_NE(claim.why.find("with 1,000 connections: died."), std::string::npos) << claim.why;
    }
}

TEST(ResourcesClaim, HoldsIfAThreadWithItsStackTakesMore) {
    const Claim claim = threads_take_resources(threading_figures(100, 100));
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_EQ(claim.why,
              "An idle connection takes 24 KiB of memory with a thread and 1.0 KiB with epoll, if there are 1,000. It "
              "does not turn: with each number that was tried, a thread takes over 4 KiB more.");
    ASSERT_EQ(claim.figures.size(), 4u);
    EXPECT_EQ(claim.figures[2].name, "per connection with a thread, of 1,000 connections");
    EXPECT_EQ(claim.figures[2].value, 24);
    EXPECT_EQ(claim.figures[3].value, 1);
}

TEST(ResourcesClaim, SaysNothingOfATurnIfOneNumberWasTried) {
    ThreadingFigures one = threading_figures(100, 100);
    one.memory.erase(one.memory.begin());
    EXPECT_EQ(threads_take_resources(one).why,
              "An idle connection takes 24 KiB of memory with a thread and 1.0 KiB with epoll, if there are 1,000.");
}

TEST(ResourcesClaim, SaysWhereItTurns) {
    ThreadingFigures figures = {.memory = {memory_point(10, 3), memory_point(100, 24), memory_point(1000, 24)}};
    EXPECT_EQ(threads_take_resources(figures).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(threads_take_resources(figures).why,
              "there are at least 100 connections: with 10, a thread takes at most 4 KiB more for each");
    figures.memory = {memory_point(10, 24), memory_point(100, 3), memory_point(1000, 5)};
    EXPECT_EQ(threads_take_resources(figures).why,
              "there are at most 10 connections: with 100 and 1,000, a thread takes at most 4 KiB more for each");
}

TEST(ResourcesClaim, DoesNotHoldIfAThreadTakesNoMore) {
    ThreadingFigures thrifty = threading_figures(100, 100);
    for (LoadPoint& point : thrifty.memory) point.rows[1].idle_memory = point.rows[0].idle_memory;
    EXPECT_EQ(threads_take_resources(thrifty).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(threads_take_resources(thrifty).why,
              "With each number of connections that was tried, a thread takes at most 4 KiB more.");
    for (LoadPoint& point : thrifty.memory) point.rows[1].idle_memory.reset();
    EXPECT_EQ(threads_take_resources(thrifty).verdict, ClaimVerdict::not_measured);
}

TEST(PoolClaim, HoldsIfClientsWaitForAThread) {
    ThreadingFigures measured = threading_figures(100, 100);
    EXPECT_EQ(pool_size_must_be_chosen(measured).verdict, ClaimVerdict::holds);
    EXPECT_EQ(pool_size_must_be_chosen(measured).why,
              "Up to 8 clients, all are answered. Of 1,000 clients, 8 are answered: a client keeps its thread until it "
              "disconnects, and the others wait.");
    measured.pool.erase(measured.pool.begin());
    EXPECT_TRUE(pool_size_must_be_chosen(measured).why.starts_with("Of 1,000 clients, 8 are answered:"));
}

TEST(PoolClaim, DoesNotHoldIfAllClientsAreAnswered) {
    ThreadingFigures measured = threading_figures(100, 100);
    measured.pool[1].rows[0].rounds[0]->starved = 0;
    EXPECT_EQ(pool_size_must_be_chosen(measured).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(pool_size_must_be_chosen(measured).why,
              "All clients are answered, up to 1,000 clients, the most that were tried.");
}

TEST(PoolClaim, IsNotMeasuredIfThePoolFailed) {
    ThreadingFigures measured = threading_figures(100, 100);
    measured.pool = {{1000, {failed("pool")}}};
    EXPECT_EQ(pool_size_must_be_chosen(measured).why, "died.");
    EXPECT_EQ(pool_size_must_be_chosen(measured).verdict, ClaimVerdict::not_measured);
}

TEST(ClaimsAboutThreads, AreNotMeasuredWithoutServers) {
    for (const auto judge : {few_connections_are_for_threads, threads_take_resources, pool_size_must_be_chosen})
        EXPECT_EQ(judge({}).verdict, ClaimVerdict::not_measured);
}

// The parts of both scenarios that the claims need.
std::vector<Experiment> scenarios() {
    const std::vector<int> costs(8, 100);
    std::vector<ServerResult> servers{row("minimal", costs), row("epoll", costs), row("blocking", costs),
                                      row("pool", costs)};
    Experiment load = experiment({servers, servers, servers});
    load.points[1].work.connections = 10;
    load.points[2].work.connections = 1000;
    for (ServerResult& one : servers) one.idle_memory = IdleMemory{.connections = 8000, .bytes = 1024};
    Experiment memory = experiment({servers, servers});
    memory.name = "memory";
    memory.points[0].work.idle_memory = 500;
    memory.points[1].work.idle_memory = 8000;
    return {load, memory};
}

std::vector<std::size_t> connections_of(const std::vector<LoadPoint>& points) {
    std::vector<std::size_t> connections;
    for (const LoadPoint& point : points) connections.push_back(point.connections);
    return connections;
}

TEST(ThreadingFiguresInScenarios, AreTheServersAtAllNumbersOfConnections) {
    const std::optional<ThreadingFigures> figures = threading_figures_in(scenarios());
    ASSERT_TRUE(figures);
    EXPECT_EQ(connections_of(figures->load), (std::vector<std::size_t>{1, 10, 1000}));
    EXPECT_EQ(connections_of(figures->pool), (std::vector<std::size_t>{1, 10, 1000}));
    EXPECT_EQ(connections_of(figures->memory), (std::vector<std::size_t>{500, 8000}));
    EXPECT_EQ(few_connections_are_for_threads(*figures).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(threads_take_resources(*figures).verdict, ClaimVerdict::does_not_hold);
}

TEST(ThreadingFiguresInScenarios, AreAbsentIfAnythingIsMissing) {
    EXPECT_FALSE(threading_figures_in({}));
    for (const std::size_t kept : {0u, 1u}) EXPECT_FALSE(threading_figures_in(std::vector{scenarios()[kept]}));
    for (const std::size_t server : {1u, 2u, 3u})
        for (const std::size_t point : {0u, 2u}) {
            std::vector<Experiment> without = scenarios();
            without[0].points[point].rows[server].failed = "died";
            EXPECT_FALSE(threading_figures_in(without)) << server;
        }
    std::vector<Experiment> without_memory = scenarios();
    without_memory[1].points[0].rows[2].failed = "died";
    EXPECT_FALSE(threading_figures_in(without_memory));
}

TEST(ThreadingFiguresInScenarios, NeedTwoNumbersOfConnections) {
    std::vector<Experiment> few = scenarios();
    few[0].points.pop_back();
    EXPECT_TRUE(threading_figures_in(few));
    few[0].points.pop_back();
    EXPECT_FALSE(threading_figures_in(few));
}

}  // namespace
}  // namespace iomux::compare
