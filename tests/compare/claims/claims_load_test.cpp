// Verdicts of the claims about threads, from the rounds of the servers.
#include <gtest/gtest.h>

#include "compare/claims/claims.hpp"
#include "compare/claims/threading_measurement.hpp"
#include "threading_figures.hpp"

namespace iomux::compare {
namespace {

TEST(FewConnectionsClaim, HoldsIfThreadsAreCheaperForFewAndCostlierForManyConnections) {
    const Claim claim = few_connections_are_for_threads(threading_figures(90, 250));
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds) << claim.why;
    EXPECT_NE(claim.why.find("0.90 times epoll's CPU per message over 8 connections"), std::string::npos) << claim.why;
    EXPECT_NE(claim.why.find("2.50 times epoll's CPU per message over 1,000 connections"), std::string::npos)
        << claim.why;
    ASSERT_EQ(claim.figures.size(), 2u);
    EXPECT_EQ(claim.figures[1].value, 2.5);
}

TEST(FewConnectionsClaim, HoldsForSimplicityIfFewConnectionsMakeNoDifference) {
    ThreadingFigures alike = threading_figures(100, 250);
    alike.few.rows[1] = row("blocking", {99, 101, 98, 102, 97, 103, 100});
    EXPECT_EQ(few_connections_are_for_threads(alike).verdict, ClaimVerdict::holds_only_when);
}

TEST(FewConnectionsClaim, DoesNotHoldIfThreadsAreCostlierForFewConnectionsToo) {
    EXPECT_EQ(few_connections_are_for_threads(threading_figures(120, 250)).verdict, ClaimVerdict::does_not_hold);
}

TEST(FewConnectionsClaim, DoesNotHoldIfThreadsAreNotCostlierForManyConnections) {
    EXPECT_EQ(few_connections_are_for_threads(threading_figures(90, 90)).verdict, ClaimVerdict::does_not_hold);
}

TEST(FewConnectionsClaim, HasAFigureForThePoolIfItWasMeasured) {
    ThreadingFigures with_pool = threading_figures(90, 250);
    with_pool.few.rows.push_back(row("pool", std::vector<int>(7, 95)));
    EXPECT_EQ(few_connections_are_for_threads(with_pool).figures.size(), 3u);
}

TEST(FewConnectionsClaim, IsNotMeasuredWithTooFewRounds) {
    ThreadingFigures hasty = threading_figures(90, 250);
    for (ServerResult& one : hasty.many.rows) one.rounds.resize(4);
    const Claim claim = few_connections_are_for_threads(hasty);
    EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
    EXPECT_NE(claim.why.find("Too few rounds"), std::string::npos) << claim.why;
}

TEST(FewConnectionsClaim, NamesTheServerThatFailed) {
    for (const std::size_t which : {0u, 1u}) {
        ThreadingFigures broken = threading_figures(90, 250);
        broken.many.rows[which].failed = "died";
        const Claim claim = few_connections_are_for_threads(broken);
        EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured);
        EXPECT_NE(claim.why.find("over 1,000 connections: died."), std::string::npos) << claim.why;
    }
}

TEST(ResourcesClaim, HoldsIfAThreadWithItsStackTakesMore) {
    const Claim claim = threads_take_resources(threading_figures(100, 100));
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_EQ(claim.figures[1].value, 24);
    EXPECT_EQ(claim.figures[2].value, 1);
}

TEST(ResourcesClaim, DoesNotHoldIfAThreadTakesNoMore) {
    ThreadingFigures thrifty = threading_figures(100, 100);
    thrifty.many.rows[1].idle_memory = thrifty.many.rows[0].idle_memory;
    EXPECT_EQ(threads_take_resources(thrifty).verdict, ClaimVerdict::does_not_hold);
    thrifty.many.rows[1].idle_memory.reset();
    EXPECT_EQ(threads_take_resources(thrifty).verdict, ClaimVerdict::not_measured);
}

TEST(PoolClaim, HoldsIfClientsWaitForAThread) {
    ThreadingFigures measured = threading_figures(100, 100);
    EXPECT_EQ(pool_size_must_be_chosen(measured).verdict, ClaimVerdict::holds);
    measured.of_pool.rows[0].rounds[0]->starved = 0;
    EXPECT_EQ(pool_size_must_be_chosen(measured).verdict, ClaimVerdict::does_not_hold);
    measured.of_pool.rows = {failed("pool")};
    EXPECT_EQ(pool_size_must_be_chosen(measured).why, "died.");
}

TEST(ClaimsAboutThreads, AreNotMeasuredWithoutServers) {
    for (const auto judge : {few_connections_are_for_threads, threads_take_resources, pool_size_must_be_chosen})
        EXPECT_EQ(judge({}).verdict, ClaimVerdict::not_measured);
}

// The parts of both scenarios that the claims need.
std::vector<Experiment> scenarios() {
    const std::vector<int> costs(7, 100);
    std::vector<ServerResult> servers{row("minimal", costs), row("epoll", costs), row("blocking", costs),
                                      row("pool", costs)};
    Experiment load = experiment({servers, servers, servers});
    load.points[1].work.connections = 10;
    load.points[2].work.connections = 1000;
    for (ServerResult& one : servers) one.idle_memory = IdleMemory{.connections = 8000, .bytes = 1024};
    Experiment memory = experiment({servers});
    memory.name = "memory";
    return {load, memory};
}

TEST(ThreadingFiguresInScenarios, AreTheServersOverFewAndOverManyConnections) {
    const std::optional<ThreadingFigures> figures = threading_figures_in(scenarios());
    ASSERT_TRUE(figures);
    EXPECT_EQ(figures->few.connections, 10u);
    EXPECT_EQ(figures->many.connections, 1000u);
    EXPECT_EQ(figures->of_pool.connections, 1000u);
    EXPECT_EQ(few_connections_are_for_threads(*figures).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(threads_take_resources(*figures).figures.front().value, 8000);
}

TEST(ThreadingFiguresInScenarios, AreAbsentIfAnythingIsMissing) {
    EXPECT_FALSE(threading_figures_in({}));
    for (const std::size_t kept : {0u, 1u}) EXPECT_FALSE(threading_figures_in(std::vector{scenarios()[kept]}));
    for (const std::size_t server : {1u, 2u, 3u}) {
        std::vector<Experiment> without = scenarios();
        without[0].points[2].rows[server].failed = "died";
        EXPECT_FALSE(threading_figures_in(without)) << server;
    }
    std::vector<Experiment> few = scenarios();
    few[0].points.pop_back();
    EXPECT_FALSE(threading_figures_in(few));
}

}  // namespace
}  // namespace iomux::compare
