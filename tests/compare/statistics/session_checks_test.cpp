#include "compare/statistics/session_checks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace iomux::compare {
namespace {

TEST(SessionsInGroups, HaveAGapThatIsWideForTheGroups) {
    const std::vector<double> grouped{0.001, 0.0, 0.002, 0.001, 0.1, 0.101, 0.099, 0.1, 0.002, 0.1};
    ASSERT_TRUE(gap_between_groups(grouped));
    EXPECT_NEAR(*gap_between_groups(grouped), 0.097, 1e-9);
}

TEST(SessionsInGroups, HaveThreeInEach) {
    std::vector<double> with_two_outliers{0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.1, 0.101};
    EXPECT_FALSE(gap_between_groups(with_two_outliers));
    with_two_outliers.push_back(0.102);
    EXPECT_TRUE(gap_between_groups(with_two_outliers));
}

TEST(SessionsInGroups, AreNotToldFromChanceIfThereAreFewerThanTen) {
    EXPECT_FALSE(gap_between_groups({0, 0, 0, 0, 0, 1, 1, 1, 1}));
    EXPECT_TRUE(gap_between_groups({0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
    EXPECT_FALSE(gap_between_groups({0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) << "all are equal";
}

TEST(Autocorrelation, IsThatAtLagOne) {
    const std::vector<double> rising{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    EXPECT_NEAR(autocorrelation_of(rising).coefficient, 0.7, 1e-9);  // 57.75 ÷ 82.5
    EXPECT_LT(autocorrelation_of(rising).p, 0.002);
    const std::vector<double> alternating{1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
    EXPECT_NEAR(autocorrelation_of(alternating).coefficient, -0.9, 1e-9);
    EXPECT_GT(autocorrelation_of(alternating).p, 0.99) << "such an interval is not too narrow";
}

TEST(Autocorrelation, IsUnknownForFewOrEqualSessions) {
    EXPECT_EQ(autocorrelation_of(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}).p, 1);
    EXPECT_EQ(autocorrelation_of(std::vector<double>(10, 1)).p, 1);
}

// Within one session of four values, one of 24 orders rises throughout; four sessions all doing so is not chance.
TEST(ATrend, IsOneThatTheSessionsHaveInCommon) {
    const Trend trend = trend_within(std::vector<std::vector<double>>(4, {0.0, 0.01, 0.02, 0.03}));
    EXPECT_NEAR(trend.change, 0.03, 1e-12);
    EXPECT_LT(trend.p, 1e-4);  // S = 24, with a variance of 4 × 4 × 3 × 13 ÷ 18
    const Trend opposed = trend_within(std::vector<std::vector<double>>{{0.0, 0.01, 0.02}, {0.02, 0.01, 0.0}});
    EXPECT_NEAR(opposed.change, 0, 1e-12);
    EXPECT_EQ(opposed.p, 1);
}

TEST(ATrend, OfSingleCyclesIsUnknown) {
    EXPECT_EQ(trend_within(std::vector<std::vector<double>>{{0.1}, {}, {0.2}}).p, 1);
    EXPECT_EQ(trend_within({}).p, 1);
}

constexpr int trials = 20'000;

// The shares of runs of independent, normally distributed sessions in which the checks fire.
TEST(TheChecks, RarelyFireByChance) {
    constexpr double level = 0.001;
    for (const std::size_t sessions : {10u, 12u, 16u, 24u}) {
        std::mt19937_64 random(5);
        std::normal_distribution<double> normal;
        int groups = 0, autocorrelations = 0;
        for (int run = 0; run < trials; ++run) {
            std::vector<double> estimates(sessions);
            for (double& estimate : estimates) estimate = normal(random);
            groups += gap_between_groups(estimates) ? 1 : 0;
            autocorrelations += autocorrelation_of(estimates).p < level ? 1 : 0;
        }
        EXPECT_LE(groups, 0.0015 * trials) << sessions;
        EXPECT_LE(autocorrelations, 1.5 * level * trials) << sessions;
    }
}

TEST(TheTestOfATrend, HasItsLevel) {
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    int found = 0;
    for (int run = 0; run < trials; ++run) {
        std::vector<std::vector<double>> sessions(3, std::vector<double>(6));
        for (auto& session : sessions)
            for (double& value : session) value = normal(random);
        found += trend_within(sessions).p < 0.01 ? 1 : 0;
    }
    EXPECT_LE(found, 0.012 * trials);
    EXPECT_GE(found, 0.004 * trials);
}

}  // namespace
}  // namespace iomux::compare
