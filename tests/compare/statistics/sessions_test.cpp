#include "compare/statistics/sessions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "sanitized.hpp"

namespace iomux::compare {
namespace {

TEST(ATrimmedMean, LeavesOutTheExtremes) {
    EXPECT_EQ(trimmed_mean({100, 1, 2, 3, -50}, 0.2), 2.0);
    EXPECT_EQ(trimmed_mean({1, 2, 3, 6}, 0.2), 3.0);  // a fifth of four is none
    EXPECT_EQ(trimmed_mean({7}, 0.2), 7.0);
    EXPECT_FALSE(trimmed_mean({}, 0.2));
}

TEST(ASessionEstimate, IsTheMeanLogarithmOfTheRatiosInACycle) {
    using Costs = std::vector<std::optional<double>>;
    const Costs base{1.0, 2.0, std::nullopt, 4.0};
    EXPECT_NEAR(session_estimate(Costs{2.0, 4.0, 9.0, 8.0}, base)->value, std::log(2), 1e-12);
    EXPECT_NEAR(session_estimate(Costs{2.0, 1.0, 9.0, std::nullopt}, base)->value, 0, 1e-12);
    EXPECT_FALSE(session_estimate(Costs{std::nullopt, std::nullopt, 1.0, std::nullopt}, base));
}

// Of ten values from 1 to 10, the lowest two count as 3 and the highest two as 8: their standard deviation is
// sqrt(42.5 ÷ 9). Six of ten are kept.
TEST(ASessionEstimate, HasTheErrorOfATrimmedMean) {
    using Costs = std::vector<std::optional<double>>;
    Costs costs, base(10, 1.0);
    for (const int logarithm : {5, 1, 10, 2, 6, 9, 3, 8, 4, 7}) costs.emplace_back(std::exp(logarithm));
    const auto estimate = session_estimate(costs, base);
    ASSERT_TRUE(estimate);
    EXPECT_NEAR(estimate->value, 5.5, 1e-12);
    EXPECT_NEAR(estimate->error, std::sqrt(42.5 / 9) / (0.6 * std::sqrt(10)), 1e-12);
    EXPECT_EQ(estimate->degrees, 5);
    EXPECT_EQ(session_estimate(Costs{1.0, std::nullopt}, Costs{1.0, 1.0})->error, 0);
}

std::vector<SessionEstimate> of_values(const std::vector<double>& values) {
    std::vector<SessionEstimate> estimates;
    for (const double value : values) estimates.push_back({.value = value});
    return estimates;
}

// The t quantile for 95 % and four degrees of freedom is 2.776 (any table).
TEST(ARatioFromSessions, HasStudentsInterval) {
    const std::vector<SessionEstimate> estimates = of_values({0.00, 0.01, 0.02, 0.03, 0.04});
    const auto ratio = ratio_from_sessions(estimates, 0.95);
    ASSERT_TRUE(ratio);
    const double deviation = std::sqrt(0.00025), reach = 2.776445 * deviation / std::sqrt(5);
    EXPECT_NEAR(ratio->ratio, std::exp(0.02), 1e-9);
    EXPECT_NEAR(ratio->interval.low, std::exp(0.02 - reach), 1e-6);
    EXPECT_NEAR(ratio->interval.high, std::exp(0.02 + reach), 1e-6);
    EXPECT_NEAR(ratio->spread, std::exp(deviation), 1e-9);
    EXPECT_NEAR(ratio->p, 0.0474, 0.0005);  // t = 2.828
    EXPECT_EQ(ratio->sessions, 5u);
}

TEST(ARatioFromSessions, NeedsTwo) {
    EXPECT_FALSE(ratio_from_sessions(of_values({0.1}), 0.95));
    const auto equal = ratio_from_sessions(of_values({0.0, 0.0}), 0.95);
    ASSERT_TRUE(equal);
    EXPECT_EQ(equal->p, 1);
    const auto different = ratio_from_sessions(of_values({0.5, 0.5}), 0.95);
    ASSERT_TRUE(different);
    EXPECT_EQ(different->p, 0);
}

// With many degrees of freedom, chance explains nothing. The median error is 0.01, so the weights are as
// 1/(1 + 1/3) : 1/(1 + 1/3) : 1/(100 + 1/3).
TEST(ARatioFromSessions, GivesLittleWeightToNoisySessions) {
    const std::vector<SessionEstimate> estimates{{0.01, 0.01, 1e9}, {0.03, 0.01, 1e9}, {0.50, 0.1, 1e9}};
    const LogRatio ratio = log_ratio_from_sessions(estimates);
    const double quiet = 1 / (1 + 1.0 / 3), noisy = 1 / (100 + 1.0 / 3), sum = 2 * quiet + noisy;
    EXPECT_NEAR(ratio.value, (quiet * 0.04 + noisy * 0.50) / sum, 1e-9);
    EXPECT_NEAR(ratio.degrees, sum * sum / (2 * quiet * quiet + noisy * noisy) - 1, 1e-6);
    EXPECT_LT(ratio.error, 0.02);
}

// Of five degrees of freedom, one standard deviation is a factor of 1.4.
TEST(ARatioFromSessions, WeighsAllAlikeIfChanceExplainsTheirErrors) {
    const std::vector<double> values{0.01, 0.03, 0.50};
    const LogRatio plain = log_ratio_from_sessions(of_values(values));
    for (const auto& errors : {std::vector{0.02, 0.02, 0.02}, std::vector{0.02, 0.03, 0.024}}) {
        std::vector<SessionEstimate> estimates;
        for (std::size_t i = 0; i < values.size(); ++i) estimates.push_back({values[i], errors[i], 5});
        const LogRatio ratio = log_ratio_from_sessions(estimates);
        EXPECT_NEAR(ratio.value, plain.value, 1e-12);
        EXPECT_NEAR(ratio.error, plain.error, 1e-12);
        EXPECT_NEAR(ratio.degrees, 2, 1e-9);
    }
}

TEST(ARatioFromSessions, WeighsAllAlikeIfAnErrorIsUnknown) {
    const std::vector<SessionEstimate> estimates{{0.01, 0.01, 1e9}, {0.03, 0.1, 1e9}, {0.50}};
    EXPECT_NEAR(log_ratio_from_sessions(estimates).value, 0.18, 1e-12);
}

TEST(ARatioFromSessions, HasADegreeOfFreedomHoweverUnequalTheErrors) {
    const std::vector<SessionEstimate> estimates{{0.01, 1e-9, 5}, {0.03, 10, 5}};
    const auto ratio = ratio_from_sessions(estimates, 0.95);
    ASSERT_TRUE(ratio);
    EXPECT_TRUE(std::isfinite(ratio->interval.low) && std::isfinite(ratio->interval.high));
    EXPECT_EQ(log_ratio_from_sessions(estimates).degrees, 1);
}

// The t quantiles for 95 % are 2.306 for eight degrees of freedom and 2.776 for four (any table).
TEST(AChangeBetweenRuns, HasWelchsInterval) {
    const std::vector<SessionEstimate> before = of_values({0.00, 0.01, 0.02, 0.03, 0.04});
    const std::vector<SessionEstimate> after = of_values({0.03, 0.04, 0.05, 0.06, 0.07});
    const auto change = change_between_runs(before, after, 0.95);
    ASSERT_TRUE(change);
    EXPECT_NEAR(change->factor, std::exp(0.03), 1e-9);
    EXPECT_NEAR(change->interval.low, std::exp(0.03 - 2.306004 * 0.01), 1e-6);
    EXPECT_NEAR(change->interval.high, std::exp(0.03 + 2.306004 * 0.01), 1e-6);
    EXPECT_NEAR(change->p, 0.0171, 0.0001);  // t = 3
    // Only the second run varies, so only its sessions count.
    const auto of_one = change_between_runs(of_values({0.0, 0.0, 0.0}), before, 0.95);
    ASSERT_TRUE(of_one);
    EXPECT_NEAR(of_one->interval.high, std::exp(0.02 + 2.776445 * std::sqrt(0.00005)), 1e-6);
    EXPECT_NEAR(of_one->p, 0.0474, 0.0005);
}

TEST(AChangeBetweenRuns, NeedsTwoSessionsInBoth) {
    const std::vector<SessionEstimate> one = of_values({0.1}), two = of_values({0.1, 0.1});
    EXPECT_FALSE(change_between_runs(one, two, 0.95));
    EXPECT_FALSE(change_between_runs(two, one, 0.95));
    const auto none = change_between_runs(two, two, 0.95);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->factor, 1);
    EXPECT_EQ(none->p, 1);
}

// At the level 1 - p, a test without a difference finds one in a share p of cases. With many degrees of freedom,
// the chance is that of a normal distribution: of 1.96 + 1.2816 standard errors, 90 %.
TEST(TheChanceToFind, IsThePowerOfTheTest) {
    EXPECT_NEAR(chance_to_find(0, 0.01, 12, 0.95), 0.05, 1e-6);
    EXPECT_NEAR(chance_to_find(0.032415, 0.01, 1e5, 0.95), 0.9, 1e-3);
    EXPECT_NEAR(chance_to_find(-0.032415, 0.01, 1e5, 0.95), 0.9, 1e-3);
    EXPECT_LT(chance_to_find(0.032415, 0.01, 9, 0.95), 0.85);
    EXPECT_LT(chance_to_find(0.032415, 0.01, 9, 0.99), chance_to_find(0.032415, 0.01, 9, 0.95));
}

TEST(TheChanceToFind, IsOneIfTheErrorIsTiny) {
    for (const double error : {0.0, 1e-12, 1e-6, 1e-5}) EXPECT_NEAR(chance_to_find(0.02, error, 1, 0.95), 1, 1e-2);
    for (const double degrees : {1.0, 7.0, 23.0, 1000.0})
        for (double error = 0.05; error > 1e-5; error /= 1.3) {
            const double chance = chance_to_find(0.02, error, degrees, 0.994);
            EXPECT_GE(chance, 0) << error;
            EXPECT_LE(chance, 1) << error;
            EXPECT_GE(chance_to_find(0.02, error / 1.3, degrees, 0.994), chance - 1e-6) << error << " " << degrees;
        }
}

// Synthetic runs: every process has a speed of its own (1 %), the machine drifts by 0.5 % from slice to slice, a
// slice has noise of its own, and some slices are twice as expensive.
struct Setting {
    std::size_t servers, sessions, cycles;
    double slice_deviation, outliers;
    double session_deviation = 0;  // of the logarithm of the noise, between sessions
};

struct Shares {
    double covered = 0;     // intervals that contain the true ratio
    double found = 0;       // runs in which the slower server is told apart
    double falsely = 0;     // runs in which one of the equal servers is told apart
    double half_width = 0;  // mean
};

constexpr std::size_t runs = is_sanitized ? 200 : 2000;

Shares simulate(const Setting& setting, double true_ratio) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    Shares shares;
    std::size_t intervals = 0;
    for (std::size_t run = 0; run < runs; ++run) {
        std::vector<std::vector<SessionEstimate>> estimates(setting.servers);
        for (std::size_t session = 0; session < setting.sessions; ++session) {
            std::vector<double> speed(setting.servers);
            for (double& one : speed) one = 0.01 * normal(random);
            std::vector<std::vector<std::optional<double>>> costs(setting.servers);
            const double deviation = setting.slice_deviation * std::exp(setting.session_deviation * normal(random));
            double drift = 0;
            std::vector<std::size_t> order(setting.servers);
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
            for (std::size_t cycle = 0; cycle < setting.cycles; ++cycle) {
                std::ranges::shuffle(order, random);
                for (const std::size_t server : order) {
                    drift += 0.005 * normal(random);
                    double logarithm = speed[server] + drift + deviation * normal(random);
                    if (server == 1) logarithm += std::log(true_ratio);
                    if (uniform(random) < setting.outliers) logarithm += std::log(2);
                    costs[server].push_back(std::exp(logarithm));
                }
            }
            for (std::size_t server = 1; server < setting.servers; ++server)
                estimates[server].push_back(*session_estimate(costs[server], costs[0]));
        }
        std::vector<double> probabilities;
        for (std::size_t server = 1; server < setting.servers; ++server) {
            const RatioEstimate estimate = *ratio_from_sessions(estimates[server], 0.95);
            const double truth = server == 1 ? true_ratio : 1;
            shares.covered += estimate.interval.contains(truth) ? 1 : 0;
            shares.half_width += estimate.half_width();
            ++intervals;
            probabilities.push_back(estimate.p);
        }
        const std::vector<double> adjusted = adjusted_by_holm(probabilities);
        if (adjusted[0] < 0.05) ++shares.found;
        for (std::size_t other = 1; other < adjusted.size(); ++other)
            if (adjusted[other] < 0.05) {
                ++shares.falsely;
                break;
            }
    }
    const auto count = static_cast<double>(runs);
    return {shares.covered / static_cast<double>(intervals), shares.found / count, shares.falsely / count,
            shares.half_width / static_cast<double>(intervals)};
}

// The bounds on coverage and false differences are 95 and 5 % within about 2.5 standard errors. The figures are for
// 2,000 runs; the standard errors of fewer runs are larger.
void expect_as_stated(const Shares& equal, const Shares& slower, double least_found, double widest) {
    const double wider = std::sqrt(2000.0 / runs);
    for (const Shares& shares : {equal, slower}) {
        EXPECT_GE(shares.covered, 0.95 - 0.010 * wider);
        EXPECT_LE(shares.covered, 0.95 + 0.012 * wider);
        EXPECT_LE(shares.half_width, widest);
    }
    EXPECT_LE(equal.found + equal.falsely, 0.05 + 0.013 * wider);
    EXPECT_GE(slower.found, least_found - 0.03 * (wider - 1));
}

TEST(SyntheticRuns, OfFourServersInTwentySeconds) {
    const Setting setting{.servers = 4, .sessions = 16, .cycles = 13, .slice_deviation = 0.033, .outliers = 0};
    expect_as_stated(simulate(setting, 1), simulate(setting, 1.02), 0.83, 0.011);
}

TEST(SyntheticRuns, OfFifteenServersInAMinute) {
    const Setting setting{.servers = 15, .sessions = 16, .cycles = 11, .slice_deviation = 0.033, .outliers = 0};
    expect_as_stated(simulate(setting, 1), simulate(setting, 1.02), 0.60, 0.0115);
}

TEST(SyntheticRuns, WithFivePerCentOfSlicesTwiceAsExpensive) {
    const Setting setting{.servers = 4, .sessions = 16, .cycles = 13, .slice_deviation = 0.033, .outliers = 0.05};
    expect_as_stated(simulate(setting, 1), simulate(setting, 1.02), 0.5, 0.02);
}

// One session in three has more than twice or less than half the typical noise, as on virtual machines.
TEST(SyntheticRuns, WithSessionsOfUnequalNoise) {
    const Setting setting{
        .servers = 4, .sessions = 16, .cycles = 13, .slice_deviation = 0.033, .outliers = 0, .session_deviation = 0.7};
    expect_as_stated(simulate(setting, 1), simulate(setting, 1.02), 0.75, 0.0115);
}

}  // namespace
}  // namespace iomux::compare
