#include "compare/comparison/ranking_text.hpp"

#include <gtest/gtest.h>

namespace iomux::compare {
namespace {

Cost undecided_cost(double low, double high) {
    return {.pair = Cost::Pair::asio_over_epoll,
            .server = "callbacks",
            .over = "epoll",
            .value = 1,
            .interval = Interval{low, high},
            .verdict = Verdict::not_told_apart};
}

TEST(ACost, ThatIsTooNoisySaysHowNoisy) {
    EXPECT_EQ(cost_text(undecided_cost(0.51, 1.23)),
              "callbacks, the cheapest Asio server, takes 1.00 × [0.51–1.23] the CPU time of epoll: too noisy to tell "
              "(±36 %)");
    EXPECT_TRUE(cost_text(undecided_cost(0.1, 2.56)).ends_with(": too noisy to tell (±120 %)"));
}

TEST(ACost, WithoutASignificantDifferenceSaysHowPreciseItIs) {
    EXPECT_TRUE(cost_text(undecided_cost(0.96, 1.05)).ends_with(": not told apart (±4.5 %)"));
}

TEST(ACost, IsTheSameOnlyIfTheWholeIntervalIsWithinTwoPerCent) {
    EXPECT_TRUE(cost_text(undecided_cost(0.98, 1.02)).ends_with(" the CPU time of epoll: the same within 2 %"));
    EXPECT_TRUE(cost_text(undecided_cost(0.979, 1.019)).ends_with(": not told apart (±2 %)"));
    EXPECT_TRUE(cost_text(undecided_cost(0.999, 1.021)).ends_with(": not told apart (±1.1 %)"));
}

TEST(ARatio, IsTheSameOnlyIfItIsNotToldApart) {
    Ratio ratio{.value = 1, .interval = Interval{0.99, 1.01}, .verdict = Verdict::not_told_apart};
    EXPECT_EQ(cost_word(ratio), "the same within 2 %");
    ratio.interval = Interval{0.97, 1.01};
    EXPECT_EQ(cost_word(ratio), "not told apart");
    ratio.interval.reset();
    EXPECT_EQ(cost_word(ratio), "not told apart");
    // A small difference that is significant is a difference.
    EXPECT_EQ(cost_word({.value = 1.005, .interval = Interval{1.001, 1.009}, .verdict = Verdict::more}), "costlier");
    EXPECT_EQ(cost_word({.value = 1, .interval = Interval{0.99, 1.01}, .verdict = Verdict::too_few}),
              "too few to tell");
}

TEST(ACost, ThatDiffersHasNoDoubt) {
    Cost more = undecided_cost(1.1, 1.2);
    more.verdict = Verdict::more;
    EXPECT_TRUE(cost_text(more).ends_with(" the CPU time of epoll"));
}

}  // namespace
}  // namespace iomux::compare
