#include "compare/profile/summary_of_parts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr Part own{Layer::own_code, Stage::other};
constexpr Part copying{Layer::copying, Stage::read};
constexpr Part sending{Layer::sending, Stage::write};

// 997 samples are a second, so with a million messages each is about a nanosecond per message.
SessionProfile profile(std::size_t of_own, std::size_t of_copying, std::size_t of_sending) {
    SessionProfile profile{.messages = 1e6, .cpu = 1s, .samples = {}};
    if (of_own > 0) profile.samples[own]["main"] = of_own;
    if (of_copying > 0) profile.samples[copying]["_copy_to_iter"] = of_copying;
    if (of_sending > 0) profile.samples[sending] = {{"tcp_sendmsg", of_sending - 1}, {"tcp_write_xmit", 1}};
    return profile;
}

const PartCost& cost_of(const PartsSummary& summary, const Part& part) {
    return *std::ranges::find(summary.parts, part, &PartCost::part);
}

double sum_of(const PartsSummary& summary, std::size_t server) {
    return std::accumulate(summary.parts.begin(), summary.parts.end(), 0.0,
                           [&](double sum, const PartCost& cost) { return sum + cost.us[server]; });
}

TEST(ASessionProfile, IsInMicrosecondsPerMessage) {
    const SessionProfile one = profile(997, 0, 1994);
    EXPECT_EQ(one.count(), 2991u);
    EXPECT_EQ(one.count(own), 997u);
    EXPECT_EQ(one.count(copying), 0u);
    EXPECT_NEAR(one.us_of(one.count(own)), 1, 1e-9);
    EXPECT_NEAR(one.us_of(one.count()), 3, 1e-9);
    EXPECT_NEAR(one.metered_us(), 1, 1e-9);
}

TEST(ASummaryOfParts, OfOneServerHasTheLargestFirst) {
    const std::vector<std::vector<SessionProfile>> sessions{{profile(100, 300, 200)}, {profile(120, 320, 220)}};
    const PartsSummary summary = summarise_parts(sessions);
    ASSERT_EQ(summary.parts.size(), 3u);
    EXPECT_EQ(summary.parts[0].part, copying);
    EXPECT_EQ(summary.parts[1].part, sending);
    EXPECT_EQ(summary.parts[2].part, own);
    EXPECT_NEAR(summary.parts[0].us.front(), 310 / 997.0, 1e-9);
    EXPECT_NEAR(sum_of(summary, 0), 630 / 997.0, 1e-9);
    EXPECT_FALSE(summary.difference);
    ASSERT_EQ(summary.parts[1].functions.size(), 2u);
    EXPECT_EQ(summary.parts[1].functions[0].name, "tcp_sendmsg");
    EXPECT_NEAR(summary.parts[1].functions[0].us.front(), 209 / 997.0, 1e-9);
}

TEST(ASummaryOfParts, OfTwoServersTellsApartWhatDiffersInAllSessions) {
    std::vector<std::vector<SessionProfile>> sessions;
    for (std::size_t i = 0; i < 8; ++i)
        sessions.push_back({profile(100 + i, 300 + 7 * (i % 3), 200), profile(400 + 2 * i, 300 + 9 * (i % 2), 0)});
    const PartsSummary summary = summarise_parts(sessions);
    EXPECT_TRUE(cost_of(summary, own).told_apart);
    EXPECT_TRUE(cost_of(summary, sending).told_apart) << "a part that one of them does not have";
    EXPECT_FALSE(cost_of(summary, copying).told_apart);
    EXPECT_EQ(summary.parts.front().part, own);
    ASSERT_TRUE(summary.difference && summary.not_told_apart);
    EXPECT_NEAR(summary.difference->mean, sum_of(summary, 1) - sum_of(summary, 0), 1e-9);
    EXPECT_NEAR(summary.not_told_apart->mean, cost_of(summary, copying).difference_us(), 1e-9);
    ASSERT_TRUE(cost_of(summary, own).difference->interval);
    EXPECT_TRUE(cost_of(summary, own).difference->interval->contains(303.5 / 997));
}

TEST(ASummaryOfParts, NamesTheFunctionsThatContributeMostToTheDifference) {
    SessionProfile one{.messages = 1e6, .cpu = 1s, .samples = {}};
    one.samples[own] = {{"as_much", 500}, {"less", 100}};
    SessionProfile other = one;
    other.samples[own] = {{"as_much", 500}, {"less", 10}, {"more", 5}};
    const std::vector<std::vector<SessionProfile>> sessions{{one, other}, {one, other}};
    EXPECT_EQ(summarise_parts(sessions).parts.front().functions.front().name, "less");
    const std::vector<std::vector<SessionProfile>> turned{{other, one}, {other, one}};
    EXPECT_EQ(summarise_parts(turned).parts.front().functions.front().name, "less");
}

TEST(ASummaryOfParts, OfManyServersNeedsMoreEvidenceForEach) {
    // The differences are 20 ± 12 samples.
    std::vector<std::vector<SessionProfile>> sessions;
    for (std::size_t i = 0; i < 8; ++i) sessions.push_back({profile(100, 0, 0), profile(104 + 32 * (i % 2), 0, 0)});
    const PartsSummary alone = summarise_parts(sessions);
    ASSERT_TRUE(cost_of(alone, own).told_apart);
    const std::vector pairs(16, sessions);
    const std::vector<PartsSummary> together = summarise_parts_together(pairs);
    ASSERT_EQ(together.size(), pairs.size());
    EXPECT_EQ(cost_of(together.back(), own).difference->p, cost_of(alone, own).difference->p);
    EXPECT_FALSE(cost_of(together.back(), own).told_apart);
    ASSERT_TRUE(together.back().not_told_apart);
    EXPECT_NEAR(together.back().not_told_apart->mean, 20 / 997.0, 1e-9);
}

TEST(ASummaryOfParts, WithoutSessionsIsEmpty) { EXPECT_TRUE(summarise_parts({}).parts.empty()); }

}  // namespace
}  // namespace iomux::compare
