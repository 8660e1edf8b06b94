#include "compare/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace iomux::compare {
namespace {

using Rounds = std::vector<std::optional<double>>;

std::vector<double> random_values(std::mt19937& random) {
    std::vector<double> values(1 + random() % 20);
    std::uniform_real_distribution<double> value(0.1, 100);
    for (double& each : values) each = value(random);
    return values;
}

TEST(Median, OfNothingIsNothing) { EXPECT_EQ(median({}), std::nullopt); }

TEST(Median, OfOneIsThatOne) { EXPECT_EQ(median({7}), 7); }

TEST(Median, OfAnOddNumberIsTheMiddleOne) { EXPECT_EQ(median({9, 1, 5}), 5); }

TEST(Median, OfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle) { EXPECT_EQ(median({8, 1, 2, 100}), 5); }

TEST(Median, HasAsManyValuesBelowAsAbove) {
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        const std::vector<double> values = random_values(random);
        const double middle = median(values).value();
        const auto below = std::ranges::count_if(values, [&](double value) { return value < middle; });
        const auto above = std::ranges::count_if(values, [&](double value) { return value > middle; });
        EXPECT_EQ(below, above);
    }
}

TEST(Median, DoesNotDependOnTheOrder) {
    std::mt19937 random(2);
    for (int i = 0; i < 500; ++i) {
        std::vector<double> values = random_values(random);
        const auto before = median(values);
        std::ranges::shuffle(values, random);
        EXPECT_EQ(median(values), before);
    }
}

TEST(PairedRatio, IsTheMedianOfTheRatiosAndNotTheRatioOfTheMedians) {
    // Round by round 2, 1.5 and 4; the medians, 6 and 4, would say 1.5.
    EXPECT_EQ(paired_ratio(Rounds{2, 6, 40}, Rounds{1, 4, 10}), 2);
}

TEST(PairedRatio, LeavesOutRoundsThatOneOfThemDoesNotHave) {
    EXPECT_EQ(paired_ratio(Rounds{3, std::nullopt, 5}, Rounds{2, 1, std::nullopt}), 1.5);
}

TEST(PairedRatio, OfNoCommonRoundIsNothing) {
    EXPECT_EQ(paired_ratio(Rounds{3, std::nullopt}, Rounds{std::nullopt, 1}), std::nullopt);
}

TEST(PairedRatio, LeavesOutABaseOfZero) { EXPECT_EQ(paired_ratio(Rounds{3, 4}, Rounds{0, 2}), 2); }

TEST(PairedRatio, OfAServerToItselfIsOne) {
    std::mt19937 random(3);
    const std::vector<double> values = random_values(random);
    const Rounds rounds(values.begin(), values.end());
    EXPECT_EQ(paired_ratio(rounds, rounds), 1);
}

TEST(PairedRatio, IsNotMovedByWhatSlowsBothInARound) {
    std::mt19937 random(4);
    for (int i = 0; i < 500; ++i) {
        Rounds server;
        Rounds base;
        for (const double slowness : random_values(random)) {
            base.push_back(2 * slowness);
            server.push_back(3 * slowness);
        }
        EXPECT_NEAR(paired_ratio(server, base).value(), 1.5, 1e-12);
    }
}

}  // namespace
}  // namespace iomux::compare
