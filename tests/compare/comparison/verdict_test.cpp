#include "compare/comparison/verdict.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace iomux::compare {
namespace {

Cost cost(double value, std::optional<Interval> interval, Verdict verdict,
          Cost::Pair pair = Cost::Pair::second_over_best) {
    return {
        .pair = pair, .server = "select", .over = "epoll", .value = value, .interval = interval, .verdict = verdict};
}

// A point at which servers are ranked in this order.
Point ranked(std::vector<std::string> order, Cost between, std::vector<std::string> not_told_apart = {}) {
    Point point{.label = "900 idle"};
    point.summary.rankings[Figure::cpu] = {.order = std::move(order), .not_told_apart = std::move(not_told_apart)};
    point.summary.costs = {std::move(between)};
    return point;
}

std::string text_on(const Point& point) {
    const std::optional<Statement> verdict = verdict_on(point);
    return verdict ? verdict->text : "";
}

const Cost five_times = cost(5.66, Interval{5.42, 5.92}, Verdict::more);

TEST(TheStrength, IsCertainIfTheDifferenceIsTwiceTheHalfWidthOfTheInterval) {
    EXPECT_EQ(strength_of(five_times), Strength::certain);
    EXPECT_EQ(strength_of(cost(1.06, Interval{1.04, 1.08}, Verdict::more)), Strength::certain);
    EXPECT_EQ(strength_of(cost(1.03, Interval{1.01, 1.05}, Verdict::more)), Strength::likely);
    EXPECT_EQ(strength_of(cost(0.94, Interval{0.92, 0.96}, Verdict::less)), Strength::certain);
}

TEST(TheStrength, OfCostsThatAreNotToldApartDependsOnTheWidthOfTheInterval) {
    EXPECT_EQ(strength_of(cost(1, Interval{0.985, 1.015}, Verdict::not_told_apart)), Strength::same);
    EXPECT_EQ(strength_of(cost(1, Interval{0.97, 1.03}, Verdict::not_told_apart)), Strength::not_told_apart);
    EXPECT_EQ(strength_of(cost(1, Interval{0.85, 1.15}, Verdict::not_told_apart)), Strength::too_noisy);
    EXPECT_EQ(strength_of(cost(1.2, std::nullopt, Verdict::too_few)), Strength::too_few);
}

TEST(TheVerdict, SaysHowSureItIs) {
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, five_times)), "epoll beats select 5.7 × (900 idle): certain.");
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, cost(1.03, Interval{1.01, 1.05}, Verdict::more))),
              "epoll beats select by 3 % (900 idle): likely.");
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, cost(1, Interval{0.985, 1.015}, Verdict::not_told_apart))),
              "epoll and select are within 2 % (900 idle): the same for most purposes.");
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, cost(1.01, Interval{0.97, 1.04}, Verdict::not_told_apart))),
              "epoll and select differ by at most 4 % (900 idle): not told apart.");
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, cost(1, Interval{0.85, 1.15}, Verdict::not_told_apart))),
              "epoll and select (900 idle): too noisy to tell (±15 %). Measure on.");
    EXPECT_EQ(text_on(ranked({"epoll", "select"}, cost(1, std::nullopt, Verdict::too_few))),
              "epoll and select (900 idle): too few measurements to tell. Measure on.");
}

TEST(TheVerdict, IsAboutTheFirstAndTheLastOfTheRanking) {
    Point point = ranked({"epoll", "io_uring", "select"}, cost(1.01, Interval{0.97, 1.04}, Verdict::not_told_apart),
                         {"io_uring"});
    EXPECT_EQ(text_on(point), "");
    point.summary.costs.push_back(cost(5.66, Interval{5.42, 5.92}, Verdict::more, Cost::Pair::worst_over_best));
    EXPECT_EQ(text_on(point), "epoll beats select 5.7 × (900 idle): certain. Not told apart from epoll: io_uring.");
    EXPECT_EQ(strength_of_best(point.summary), Strength::not_told_apart);
}

TEST(TheVerdict, NamesTheLoadIfThePointHasNoLabel) {
    Point point = ranked({"epoll", "select"}, five_times);
    point.label.clear();
    point.work.connections = 1000;
    EXPECT_EQ(text_on(point), "epoll beats select 5.7 × (1,000 connections): certain.");
    point.work.idle = 900;
    EXPECT_EQ(text_on(point), "epoll beats select 5.7 × (1,000 connections, 900 idle): certain.");
}

TEST(TheVerdict, IsAboutTheBaselineIfOnlyOneServerIsRanked) {
    Point point{.label = "here"};
    for (const char* title : {"minimal", "epoll"}) point.rows.push_back({.spec = {.name = title}});
    point.summary.servers.resize(2);
    point.summary.servers[1].medians.emplace().ratio =
        Ratio{.value = 0.8, .interval = Interval{0.75, 0.85}, .verdict = Verdict::less};
    point.summary.baseline = 0;
    point.summary.rankings[Figure::cpu] = {.order = {"epoll"}, .not_told_apart = {}};
    EXPECT_EQ(text_on(point), "epoll beats minimal by 25 % (here): certain.");
    EXPECT_EQ(strength_of_best(point.summary), std::nullopt);
}

TEST(TheStrengthOfTheBest, IsThatOfTheCorrectedRankingIfItDoubtsTheDifference) {
    EXPECT_EQ(strength_of_best(ranked({"epoll", "select"}, five_times).summary), Strength::certain);
    EXPECT_EQ(strength_of_best(ranked({"epoll", "select"}, five_times, {"select"}).summary), Strength::not_told_apart);
}

}  // namespace
}  // namespace iomux::compare
