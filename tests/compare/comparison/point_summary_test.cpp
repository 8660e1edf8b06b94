#include "compare/comparison/point_summary.hpp"

#include <gtest/gtest.h>

#include "rows.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

const Cores separate_cores{.server = {1}, .load = {0}};

Standing standing(const char* title, double value, double low, double high) {
    return {title, {value, Interval{low, high}}};
}

ServerResult named(const char* program, const char* name, const std::vector<int>& costs) {
    ServerResult result = row(name, costs);
    result.spec.program = program;
    return result;
}

PointSummary summary_of(const std::vector<ServerResult>& rows) { return summarise_point(rows, {}, separate_cores); }

using Titles = std::vector<std::string>;

TEST(ARanking, NamesTheBestAndThoseWhoseIntervalsOverlapWithItsOwn) {
    const Ranking ranking = rank(
        {standing("c", 1.1, 1, 1.2), standing("a", 0.9, 0.88, 0.93), standing("b", 0.95, 0.92, 0.99)}, Better::less);
    EXPECT_EQ(ranking.best(), "a");
    EXPECT_EQ(ranking.not_told_apart, Titles{"b"});
    EXPECT_EQ(ranking.order, (Titles{"a", "b", "c"}));
}

TEST(ARanking, TellsApartServersWhoseIntervalsDoNotOverlap) {
    const Ranking ranking = rank({standing("a", 0.9, 0.88, 0.91), standing("b", 0.95, 0.92, 0.99)}, Better::less);
    EXPECT_EQ(ranking.not_told_apart, Titles{});
}

TEST(ARanking, WithoutIntervalsDoesNotTellEqualValuesApart) {
    const Ranking ranking = rank({{"a", {2, {}}}, {"b", {1, {}}}, {"c", {1, {}}}}, Better::less);
    EXPECT_EQ(ranking.order, (Titles{"b", "c", "a"}));
    EXPECT_EQ(ranking.not_told_apart, Titles{"c"});
}

TEST(ARanking, BeginsWithTheHighestIfMoreIsBetter) {
    EXPECT_EQ(rank({{"a", {1, {}}}, {"b", {2, {}}}}, Better::more).order, (Titles{"b", "a"}));
}

TEST(ASummary, DoesNotRankTheBareLoop) {
    const PointSummary summary = summary_of({row("minimal", {8, 8, 8}), row("epoll", {9, 9, 9})});
    EXPECT_EQ(summary.baseline, 0u);
    for (const auto& [figure, ranking] : summary.rankings) EXPECT_EQ(ranking.order, Titles{"epoll"}) << name_of(figure);
    EXPECT_TRUE(summary_of({row("minimal", {8})}).rankings.empty());
}

TEST(ASummary, RanksAnotherBaseline) {
    const PointSummary summary =
        summarise_point(std::vector{row("poll", {9}), row("epoll", {8})}, "epoll", separate_cores);
    EXPECT_EQ(summary.baseline, 1u);
    EXPECT_EQ(summary.ranking_by(Figure::cpu)->order, (Titles{"epoll", "poll"}));
}

TEST(ASummary, RanksNoRateThatIsTheGenerators) {
    ServerResult fast = row("fast", {1});
    fast.rounds[0]->messages_per_second = 2000;
    fast.rounds[0]->load_cpu_share = 1;
    fast.rounds[0]->server_cpu = 500ms;
    const PointSummary summary = summary_of({fast, row("slow", {900})});
    EXPECT_EQ(summary.servers[0].limit, Limit::generator);
    EXPECT_EQ(summary.ranking_by(Figure::rate)->order, Titles{"slow"});
    EXPECT_EQ(summary.ranking_by(Figure::cpu)->best(), "fast");
}

TEST(ASummary, TellsNoRatesApartIfThereAreTooFewRoundsForIntervals) {
    const auto ranking_of = [](std::size_t rounds) {
        ServerResult fast = row("fast", std::vector<int>(rounds, 9)), slow = row("slow", std::vector<int>(rounds, 9));
        for (std::optional<Round>& round : fast.rounds) round->messages_per_second = 2000;
        return *summary_of({slow, fast}).ranking_by(Figure::rate);
    };
    EXPECT_EQ(ranking_of(2).order, (Titles{"fast", "slow"}));
    EXPECT_EQ(ranking_of(2).not_told_apart, Titles{"slow"});
    EXPECT_EQ(ranking_of(7).not_told_apart, Titles{});
}

TEST(ASummary, RanksNoServerThatFailed) {
    ServerResult late = row("late", {1, 1});
    late.failed = "died";
    late.rounds[1].reset();
    const PointSummary summary = summary_of({late, row("epoll", {9, 9})});
    for (const auto& [figure, ranking] : summary.rankings) EXPECT_EQ(ranking.order, Titles{"epoll"}) << name_of(figure);
}

TEST(ASummary, CountsTheKernelStacksOfThreadsAsMemory) {
    ServerResult blocking = row("blocking", {9}), epoll = row("epoll", {9});
    blocking.idle_memory = IdleMemory{.connections = 9, .bytes = 500, .kernel_stack_bytes = 16384};
    epoll.idle_memory = IdleMemory{.connections = 9, .bytes = 1000, .kernel_stack_bytes = 0};
    EXPECT_EQ(summary_of({blocking, epoll}).ranking_by(Figure::idle_memory)->order, (Titles{"epoll", "blocking"}));
}

TEST(ASummary, HasNoRankingOfAFigureThatNoServerHas) {
    EXPECT_EQ(summary_of({row("epoll", {9})}).ranking_by(Figure::system_calls), nullptr);
}

// The cost of `callbacks` over `epoll`, with these costs in their rounds.
Cost cost_over_epoll(const std::vector<int>& callbacks, const std::vector<int>& epoll) {
    const PointSummary summary = summary_of({named("raw", "epoll", epoll), named("asio", "callbacks", callbacks)});
    return summary.costs[1];
}

// The rounds vary together, so the ratio within each round is certain, although the intervals of both servers overlap.
TEST(ACost, IsTheRatioOfBothServersWithinEachRound) {
    const std::vector<int> epoll{100, 200, 150, 300, 120, 180}, callbacks{110, 220, 165, 330, 132, 198};
    const Cost cost = cost_over_epoll(callbacks, epoll);
    EXPECT_DOUBLE_EQ(cost.value, 1.1);
    EXPECT_NEAR(cost.interval->low, 1.1, 1e-12);
    EXPECT_NEAR(cost.interval->high, 1.1, 1e-12);
    EXPECT_EQ(cost.verdict, Verdict::more);
    EXPECT_EQ(cost_over_epoll(epoll, callbacks).verdict, Verdict::less);
}

TEST(ACost, IsNotToldApartIfItsIntervalContainsOne) {
    EXPECT_EQ(cost_over_epoll({99, 101, 98, 102, 97, 103}, {100, 100, 100, 100, 100, 100}).verdict,
              Verdict::not_told_apart);
}

TEST(ACost, IsTooNoisyIfItsIntervalMayHideADifferenceOfFivePerCent) {
    const std::vector<int> epoll(6, 100);
    EXPECT_TRUE(is_too_noisy(cost_over_epoll({90, 110, 91, 109, 92, 108}, epoll)));
    EXPECT_FALSE(is_too_noisy(cost_over_epoll({99, 101, 98, 102, 97, 103}, epoll)));
    EXPECT_FALSE(is_too_noisy(cost_over_epoll({110, 130, 115, 125, 120, 121}, epoll)));
    EXPECT_FALSE(is_too_noisy(cost_over_epoll({90, 110}, {100, 100})));
}

TEST(ACost, HasNoIntervalIfThereAreTooFewRounds) {
    const Cost cost = cost_over_epoll({102}, {100});
    EXPECT_FALSE(cost.interval);
    EXPECT_EQ(cost.verdict, Verdict::too_few);
}

TEST(Costs, AreThoseOfTheCheapestAsioServerOverTheCheapestRawServerAndOverEpoll) {
    const PointSummary summary =
        summary_of({named("raw", "minimal", {1}), named("raw", "epoll", {10}), named("raw", "poll", {8}),
                    named("asio", "coroutines", {16}), named("asio-select", "callbacks", {12})});
    ASSERT_EQ(summary.costs.size(), 4u);
    const auto& [over_raw, over_epoll] = std::tie(summary.costs[0], summary.costs[1]);
    EXPECT_EQ(over_raw.pair, Cost::Pair::asio_over_raw);
    EXPECT_EQ(over_raw.over, "poll");
    EXPECT_DOUBLE_EQ(over_raw.value, 1.5);
    EXPECT_EQ(over_epoll.pair, Cost::Pair::asio_over_epoll);
    EXPECT_EQ(over_epoll.over, "epoll");
    EXPECT_DOUBLE_EQ(over_epoll.value, 1.2);
    EXPECT_EQ(over_raw.server, "callbacks");
    EXPECT_EQ(over_epoll.server, "callbacks");
}

// minimal is not ranked.
TEST(Costs, AreThoseOfTheSecondAndOfTheLastOfTheRankingOverTheFirst) {
    const auto last_costs = [](const std::vector<ServerResult>& rows) {
        std::vector<std::tuple<Cost::Pair, std::string, std::string, double>> costs;
        for (const Cost& cost : summary_of(rows).costs)
            costs.emplace_back(cost.pair, cost.server, cost.over, cost.value);
        return costs;
    };
    const ServerResult minimal = named("raw", "minimal", {1}), epoll = named("raw", "epoll", {10}),
                       poll = named("raw", "poll", {15}), select = named("raw", "select", {20});
    using enum Cost::Pair;
    EXPECT_EQ(last_costs({minimal, select, poll, epoll}),
              (std::vector<std::tuple<Cost::Pair, std::string, std::string, double>>{
                  {second_over_best, "poll", "epoll", 1.5}, {worst_over_best, "select", "epoll", 2.0}}));
    EXPECT_EQ(last_costs({minimal, select, epoll}).size(), 1u);
    EXPECT_TRUE(last_costs({minimal, epoll}).empty());
}

TEST(Costs, AreLeftOutIfAServerOfThePairIsMissing) {
    EXPECT_TRUE(summary_of({named("raw", "epoll", {10})}).costs.empty());
    EXPECT_TRUE(summary_of({named("raw", "minimal", {1}), named("asio", "callbacks", {12})}).costs.empty());
    EXPECT_EQ(summary_of({named("raw", "poll", {1}), named("asio", "callbacks", {12})}).costs.size(), 2u);
}

TEST(APoint, WithoutASummaryIsNotReportedAsIfItHadNoServers) {
    const Point point{.rows = {row("epoll", {9})}};
    EXPECT_THROW(point.of(point.rows[0]), std::out_of_range);
}

}  // namespace
}  // namespace iomux::compare
