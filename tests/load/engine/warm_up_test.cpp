#include "load/engine/warm_up.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

using Costs = std::vector<std::optional<double>>;

constexpr WarmUpLimits usual{.least = 1s, .longest = 5s};

// Gives each part its cost until the warm-up is over; the last cost is that of all later parts.
WarmUp warmed_up(const WarmUpLimits& limits, const Costs& costs) {
    WarmUp warm_up(limits);
    for (std::size_t i = 0; warm_up.next_part() > 0ns; ++i)
        warm_up.add(warm_up.next_part(), costs[std::min(i, costs.size() - 1)]);
    return warm_up;
}

TEST(AWarmUp, HasTwoHalves) {
    WarmUp warm_up(usual);
    EXPECT_EQ(warm_up.next_part(), 500ms);
    warm_up.add(500ms, 10);
    EXPECT_EQ(warm_up.next_part(), 500ms);
    EXPECT_EQ(warm_up.settled(), false);
    warm_up.add(500ms, 10);
    EXPECT_EQ(warm_up.next_part(), 0ns);
    EXPECT_EQ(warm_up.time(), 1s);
    EXPECT_EQ(warm_up.settled(), true);
}

TEST(AWarmUp, GoesOnUntilTwoHalvesAgree) {
    const WarmUp compiling = warmed_up(usual, {20, 14, 11, 10, 10.1});
    EXPECT_EQ(compiling.time(), 2500ms);
    EXPECT_EQ(compiling.settled(), true);
    const WarmUp slowing = warmed_up(usual, {10, 12, 12});
    EXPECT_EQ(slowing.time(), 1500ms);
    EXPECT_EQ(slowing.settled(), true);
}

TEST(AWarmUp, AllowsADifferenceOfTwoPerCentOfTheHigherCost) {
    EXPECT_EQ(warmed_up(usual, {100, 98}).time(), 1s);
    EXPECT_EQ(warmed_up(usual, {98, 100}).time(), 1s);
    EXPECT_EQ(warmed_up(usual, {100, 97.9}).time(), 1500ms);
    EXPECT_EQ(warmed_up(usual, {97.9, 100}).time(), 1500ms);
}

TEST(AWarmUp, EndsWithTheLongestTimeIfTheCostNeverSettles) {
    const WarmUp falling = warmed_up(usual, {100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 10});
    EXPECT_EQ(falling.time(), 5s);
    EXPECT_EQ(falling.settled(), false);
    EXPECT_EQ(warmed_up({.least = 1s, .longest = 1200ms}, {3, 2, 1}).time(), 1200ms);
}

TEST(AWarmUp, IsNotSettledWithoutMessages) {
    const WarmUp silent = warmed_up(usual, {std::nullopt});
    EXPECT_EQ(silent.time(), 5s);
    EXPECT_EQ(silent.settled(), false);
    EXPECT_EQ(warmed_up(usual, {10, std::nullopt, 10, 10}).time(), 2s);
}

TEST(AWarmUp, IsSettledIfNoCostIsKnown) { EXPECT_EQ(warmed_up(usual, {0, 0}).time(), 1s); }

TEST(AWarmUp, HasOnePartIfItsTimeIsSet) {
    WarmUp warm_up({.least = 1500ms, .longest = 1500ms});
    EXPECT_EQ(warm_up.next_part(), 1500ms);
    warm_up.add(1500ms, 10);
    EXPECT_EQ(warm_up.next_part(), 0ns);
    EXPECT_EQ(warm_up.time(), 1500ms);
    EXPECT_EQ(warm_up.settled(), std::nullopt);
}

TEST(AWarmUp, MayBeLeftOut) {
    const WarmUp none({});
    EXPECT_EQ(none.next_part(), 0ns);
    EXPECT_EQ(none.settled(), std::nullopt);
}

}  // namespace
}  // namespace iomux::load
