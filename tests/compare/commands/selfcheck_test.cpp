#include "compare/commands/selfcheck.hpp"

#include <gtest/gtest.h>

namespace iomux::compare {
namespace {

Trial trial(bool slowed, Verdict verdict) {
    return {slowed, {.value = 1, .interval = Interval{0.99, 1.01}, .verdict = verdict}};
}

SelfCheck check_of(std::vector<Trial> trials) {
    return {.cpu_us_per_message = 20, .added = {}, .trials = std::move(trials)};
}

TEST(ATrial, OfTheSameServerIsRightIfItFindsNoDifference) {
    EXPECT_TRUE(trial(false, Verdict::not_told_apart).is_right());
    for (const Verdict wrong : {Verdict::less, Verdict::more, Verdict::too_few})
        EXPECT_FALSE(trial(false, wrong).is_right());
}

TEST(ATrial, OfASlowedServerIsRightOnlyIfItFindsTheDifference) {
    EXPECT_TRUE(trial(true, Verdict::more).is_right());
    for (const Verdict wrong : {Verdict::less, Verdict::not_told_apart, Verdict::too_few})
        EXPECT_FALSE(trial(true, wrong).is_right());
}

TEST(ASelfCheck, PassesIfNineOfTenOfEachKindAreRight) {
    std::vector<Trial> trials;
    for (int i = 0; i < 9; ++i) {
        trials.push_back(trial(false, Verdict::not_told_apart));
        trials.push_back(trial(true, Verdict::more));
    }
    trials.push_back(trial(false, Verdict::more));
    trials.push_back(trial(true, Verdict::not_told_apart));
    EXPECT_TRUE(check_of(trials).passes());
    trials.push_back(trial(true, Verdict::not_told_apart));
    EXPECT_FALSE(check_of(trials).passes()) << "nine of eleven";
}

// 1 correct comparison in 20 gives a wrong verdict, so a check without tolerance would often fail.
TEST(ASelfCheck, AllowsOneFalseDifferenceAmongFewTrials) {
    std::vector<Trial> trials(2, trial(false, Verdict::not_told_apart));
    trials.push_back(trial(false, Verdict::more));
    EXPECT_TRUE(check_of(trials).passes());
    trials[0] = trial(false, Verdict::less);
    EXPECT_FALSE(check_of(trials).passes());
    trials = {trial(true, Verdict::more), trial(true, Verdict::more), trial(true, Verdict::not_told_apart)};
    EXPECT_FALSE(check_of(trials).passes());
}

TEST(ASelfCheck, PrintsHowManyTrialsWereRight) {
    const std::string text =
        text_of(check_of({trial(false, Verdict::not_told_apart), trial(true, Verdict::less)}), {}, {});
    EXPECT_NE(text.find("1 of 1 did not tell them apart. The median half-width of the confidence interval\nis 1.0 %."),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("0 of 1 found the difference."), std::string::npos) << text;
    EXPECT_NE(text.find("WRONG\n"), std::string::npos) << text;
    EXPECT_NE(text.find("same        1.000 [0.990–1.010]  not told apart  not told apart  right\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("slowed      1.000 [0.990–1.010]         cheaper        costlier  WRONG\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("verdict: the signed-rank test of the rounds' ratios (5 % level)."), std::string::npos) << text;
    EXPECT_NE(text.find("at 30,000 messages per second."), std::string::npos) << text;
}

}  // namespace
}  // namespace iomux::compare
