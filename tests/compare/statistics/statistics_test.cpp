#include "compare/statistics/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
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

// Expected values from scipy 1.10.1: stats.bootstrap(numpy.median, n_resamples=1000000, method="percentile") and
// stats.wilcoxon(numpy.log(ratios), mode="exact"), for ratios drawn from lognormal(0.02, 0.05).
const std::vector<double> six{0.9268, 1.0016, 1.0793, 1.0734, 0.9537, 1.0178};
const std::vector<double> seven{1.02, 1.0281, 1.0448, 0.9836, 1.036, 1.0036, 1.0172};
const std::vector<double> fifteen{1.029,  1.0329, 1.0521, 1.0607, 0.9915, 0.9682, 0.9821, 1.0624,
                                  0.9896, 1.0154, 1.054,  0.9484, 1.0488, 1.0688, 1.1097};
const std::vector<double> twenty_four{0.9873, 1.0423, 1.1032, 1.1101, 1.0973, 1.1011, 0.9996, 1.0115,
                                      1.1699, 1.0876, 1.0163, 0.9894, 1.0894, 0.9744, 1.0133, 1.0464,
                                      0.9978, 1.0094, 0.9989, 1.0372, 1.0791, 1.0457, 0.8919, 1.0762};

void expect_interval(const std::vector<double>& values, double level, double low, double high) {
    const std::optional<Interval> interval = median_interval(values, level);
    ASSERT_TRUE(interval);
    EXPECT_NEAR(interval->low, low, 1e-9);
    EXPECT_NEAR(interval->high, high, 1e-9);
}

TEST(MedianInterval, OfAnEvenNumberMatchesAMillionSamples) {
    expect_interval(six, 0.90, 0.9537, 1.0734);
    expect_interval(six, 0.95, 0.94025, 1.07635);
    expect_interval(twenty_four, 0.90, 1.01045, 1.0762);
    expect_interval(twenty_four, 0.95, 1.0094, 1.0791);
    expect_interval(twenty_four, 0.99, 0.9996, 1.0876);
}

TEST(MedianInterval, OfAnOddNumberMatchesAMillionSamples) {
    expect_interval(seven, 0.95, 1.0036, 1.036);
    expect_interval(fifteen, 0.90, 0.9915, 1.054);
    expect_interval(fifteen, 0.95, 0.9896, 1.0607);
}

TEST(MedianInterval, OfEqualValuesMatchesAMillionSamples) {
    const std::vector<double> ties{0.9, 0.9, 1.0, 1.0, 1.1, 1.1, 1.2, 3.0};
    expect_interval(ties, 0.90, 0.95, 1.15);
    expect_interval(ties, 0.99, 0.9, 2.1);
}

TEST(MedianInterval, OfTooFewValuesForItsLevelIsNothing) {
    EXPECT_FALSE(median_interval({1, 2, 3, 4, 5}, 0.95));
    EXPECT_TRUE(median_interval({1, 2, 3, 4, 5, 6}, 0.95));
    EXPECT_FALSE(median_interval({}, 0.5));
}

TEST(MedianInterval, OfOneValueManyTimesIsThatValue) {
    expect_interval(std::vector<double>(9, 1.5), 0.95, 1.5, 1.5);
    expect_interval(std::vector<double>(10, 1.5), 0.95, 1.5, 1.5);
}

TEST(MedianInterval, OfAThousandValuesIsNarrow) {
    std::vector<double> values(1000);
    std::iota(values.begin(), values.end(), 0.0);
    const std::optional<Interval> interval = median_interval(values, 0.95);
    ASSERT_TRUE(interval);
    // The normal approximation: 1.96 times the square root of 1000 / 4 ranks from the middle.
    EXPECT_NEAR(interval->low, 499.5 - 31, 2);
    EXPECT_NEAR(interval->high, 499.5 + 31, 2);
}

// 95 % of the intervals should contain the true median. A share below 90 % is very unlikely by chance.
TEST(MedianInterval, ContainsTheMedianOfTheDistribution) {
    std::mt19937 random(6);
    std::lognormal_distribution<double> drawn(0, 0.1);
    int held = 0;
    for (int i = 0; i < 500; ++i) {
        std::vector<double> values(6 + random() % 20);
        for (double& value : values) value = drawn(random);
        const std::optional<Interval> interval = median_interval(values, 0.95);
        ASSERT_TRUE(interval);
        if (interval->contains(1)) ++held;
    }
    EXPECT_GT(held, 450);
    EXPECT_LT(held, 495);
}

double p_of(std::vector<double> ratios) {
    for (double& ratio : ratios) ratio = std::log(ratio);
    return signed_rank_p(ratios);
}

TEST(SignedRankTest, HasTheProbabilitiesOfAnIndependentImplementation) {
    EXPECT_NEAR(p_of(six), 0.6875, 1e-12);
    EXPECT_NEAR(p_of(seven), 0.046875, 1e-12);
    EXPECT_NEAR(p_of(fifteen), 0.041259765625, 1e-12);
    EXPECT_NEAR(p_of(twenty_four), 0.0035042762756347656, 1e-12);
    const std::vector<double> differences{0.1, 0.3, -0.2, 0.4, 0.5, -0.05, 0.6, 0.7, 0.8};
    EXPECT_NEAR(signed_rank_p(differences), 0.02734375, 1e-12);
}

TEST(SignedRankTest, OfNoDifferencesIsOne) {
    EXPECT_EQ(signed_rank_p({}), 1);
    EXPECT_EQ(signed_rank_p(std::vector<double>{0, 0, 0}), 1);
}

TEST(SignedRankTest, OfDifferencesOfOneSignIsTheProbabilityOfTheirSigns) {
    EXPECT_EQ(signed_rank_p(std::vector<double>{1, 2, 3, 4, 5, 6}), 2.0 / 64);
    EXPECT_EQ(signed_rank_p(std::vector<double>{-1, -1, -1, -1, -1, -1}), 2.0 / 64);
}

TEST(Holm, MultipliesEachProbabilityByTheNumberOfThoseNotSmaller) {
    // 4 × 0.005, 3 × 0.01, 2 × 0.03, and the last is not smaller than the one before.
    EXPECT_EQ(adjusted_by_holm(std::vector<double>{0.01, 0.04, 0.03, 0.005}),
              (std::vector<double>{0.03, 0.06, 0.06, 0.02}));
}

TEST(Holm, NeverExceedsOne) { EXPECT_EQ(adjusted_by_holm(std::vector<double>{0.6, 0.9}), (std::vector<double>{1, 1})); }

TEST(Outliers, AreThoseFarFromTheOthers) {
    EXPECT_EQ(count_outliers(std::vector<double>{1, 1.01, 0.99, 1.02, 0.98, 1.5}), 1u);
    EXPECT_EQ(count_outliers(std::vector<double>{1, 1.01, 0.99, 1.02, 0.98, 1.03}), 0u);
    EXPECT_EQ(count_outliers({}), 0u);
}

TEST(PairedRatios, AreRoundByRound) {
    EXPECT_EQ(paired_ratios(Rounds{2, 6, 40}, Rounds{1, 4, 10}), (std::vector<double>{2, 1.5, 4}));
}

TEST(PairedRatios, LeaveOutRoundsThatOneSideDoesNotHave) {
    EXPECT_EQ(paired_ratios(Rounds{3, std::nullopt, 5}, Rounds{2, 1, std::nullopt}), std::vector<double>{1.5});
    EXPECT_TRUE(paired_ratios(Rounds{3, std::nullopt}, Rounds{std::nullopt, 1}).empty());
}

TEST(PairedRatios, LeaveOutABaseOfZero) {
    EXPECT_EQ(paired_ratios(Rounds{3, 4}, Rounds{0, 2}), std::vector<double>{2});
}

TEST(PairedRatios, AreNotAffectedByADisturbanceOfBothSidesInARound) {
    std::mt19937 random(4);
    Rounds server;
    Rounds base;
    for (const double slowness : random_values(random)) {
        base.push_back(2 * slowness);
        server.push_back(3 * slowness);
    }
    for (const double ratio : paired_ratios(server, base)) EXPECT_NEAR(ratio, 1.5, 1e-12);
}

}  // namespace
}  // namespace iomux::compare
