#include "compare/statistics/bootstrap.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace iomux::compare {
namespace {

TEST(AMeanByBootstrap, IsNothingWithoutValues) { EXPECT_FALSE(mean_by_bootstrap({}, 0.95)); }

TEST(AMeanByBootstrap, HasNoIntervalForFewValues) {
    const std::vector<double> values{1, 2, 3};
    const auto estimate = mean_by_bootstrap(values, 0.95);
    ASSERT_TRUE(estimate);
    EXPECT_DOUBLE_EQ(estimate->mean, 2);
    EXPECT_FALSE(estimate->interval);
}

TEST(AMeanByBootstrap, OfEqualValuesIsCertain) {
    const std::vector<double> values(5, 2.0), zeros(5, 0.0);
    const auto estimate = mean_by_bootstrap(values, 0.95);
    ASSERT_TRUE(estimate && estimate->interval);
    EXPECT_EQ(estimate->interval->low, 2);
    EXPECT_EQ(estimate->interval->high, 2);
    EXPECT_EQ(estimate->p, 0);
    EXPECT_EQ(mean_by_bootstrap(zeros, 0.95)->p, 1);
}

TEST(AMeanByBootstrap, IsTheSameForTheSameValues) {
    const std::vector<double> values{1, 5, 2, 8, 3, 4};
    const auto one = mean_by_bootstrap(values, 0.95), other = mean_by_bootstrap(values, 0.95);
    ASSERT_TRUE(one->interval && other->interval);
    EXPECT_EQ(one->interval->low, other->interval->low);
    EXPECT_EQ(one->interval->high, other->interval->high);
    EXPECT_LT(one->interval->low, one->mean);
    EXPECT_GT(one->interval->high, one->mean);
}

// The mean is 2.5 and its standard error 1.0408, so t is 2.4019 with 3 degrees of freedom.
TEST(AMeanByBootstrap, HasTheProbabilityOfATTest) {
    const std::vector<double> values{0, 5, 2, 3};
    EXPECT_NEAR(mean_by_bootstrap(values, 0.95)->p, 0.095709, 1e-6);
}

TEST(AMeanByBootstrap, CoversTheTrueMeanAsOftenAsItClaims) {
    constexpr int trials = 400;
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal(3, 1);
    int covered = 0;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<double> values(10);
        for (double& value : values) value = normal(random);
        covered += mean_by_bootstrap(values, 0.95)->interval->contains(3) ? 1 : 0;
    }
    EXPECT_GE(covered, trials * 92 / 100);
    EXPECT_LE(covered, trials * 98 / 100);
}

}  // namespace
}  // namespace iomux::compare
