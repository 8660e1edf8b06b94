#include "compare/report/diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <regex>

#include "rows.hpp"

namespace iomux::compare {
namespace {

const std::vector<int> steady{100, 101, 99, 102, 98, 100, 103, 97};

std::vector<int> scaled(double factor) {
    std::vector<int> costs;
    for (const int cost : steady) costs.push_back(static_cast<int>(cost * factor));
    return costs;
}

Results with(std::vector<int> minimal, std::vector<int> epoll) {
    return results({experiment({{row("minimal", minimal), row("epoll", epoll)}})});
}

const Change* change_of(const Diff& diff, const std::string& server) {
    for (const Change& change : diff.changes)
        if (change.server == server) return &change;
    return nullptr;
}

TEST(ADiff, OfTheSameHasNoChange) {
    const Diff diff = difference(with(steady, steady), with(steady, steady));
    ASSERT_EQ(diff.changes.size(), 2u);
    for (const Change& change : diff.changes) EXPECT_FALSE(change.is_significant()) << change.server;
    EXPECT_NE(text_of(diff, {}).find("0 of 2 figures changed significantly.\n"), std::string::npos);
}

TEST(ADiff, FindsACostlierServer) {
    const Diff diff = difference(with(steady, steady), with(steady, scaled(1.5)));
    const Change* epoll = change_of(diff, "epoll");
    ASSERT_NE(epoll, nullptr);
    EXPECT_TRUE(epoll->is_significant()) << epoll->p;
    EXPECT_NEAR(epoll->worsening(), 0.5, 0.05);
}

TEST(ADiff, HasATablePerPointThatFitsATerminal) {
    const std::string text = text_of(difference(with(steady, steady), with(steady, scaled(1.5))), {Style::no, 80});
    const std::regex expected(
        "^throughput, [^\n]+\n"
        "server +figure +before +now +change\n"
        "epoll +CPU ratio +1\\.000 +1\\.\\d{3} +\\+\\d{2}\\.\\d %\n\n");
    EXPECT_TRUE(std::regex_search(text, expected)) << text;
}

TEST(ADiff, OfRatiosIgnoresASlowerMachine) {
    const Diff diff = difference(with(steady, steady), with(scaled(2), scaled(2)));
    EXPECT_TRUE(change_of(diff, "epoll")->is_ratio);
    EXPECT_FALSE(change_of(diff, "epoll")->is_significant());
    EXPECT_TRUE(change_of(diff, "minimal")->is_significant()) << "the baseline has no ratio";
}

// As in a quick run of all scenarios. Corrected for all figures together, no change could be significant.
TEST(ADiff, FindsAChangeInFewRoundsOfManyScenarios) {
    const std::vector<int> few(steady.begin(), steady.begin() + 7), costlier(7, 500);
    Results before, after;
    for (int i = 0; i < 100; ++i) {
        before.experiments.push_back(with(few, few).experiments[0]);
        after.experiments.push_back(with(few, i == 0 ? costlier : few).experiments[0]);
        before.experiments.back().name = after.experiments.back().name = std::to_string(i);
    }
    const Diff diff = difference(before, after);
    EXPECT_TRUE(change_of(diff, "epoll")->is_significant());
    EXPECT_EQ(std::ranges::count_if(diff.changes, &Change::is_significant), 1);
}

TEST(ADiff, CountsTheFiguresWithTooFewRounds) {
    const std::vector<int> few(steady.begin(), steady.begin() + 3);
    const Diff diff = difference(with(few, few), with(few, {900, 900, 900}));
    EXPECT_FALSE(diff.has_enough_rounds());
    EXPECT_NE(text_of(diff, {}).find("2 figures have too few rounds to tell a change: both files need at least 5.\n"),
              std::string::npos);
    EXPECT_TRUE(difference(with(steady, steady), with(steady, steady)).has_enough_rounds());
}

TEST(ADiff, SaysTheFewestRoundsThatTellAChange) {
    const std::size_t needed = difference(with(steady, steady), with(steady, steady)).needed_rounds;
    const std::vector<int> enough(steady.begin(), steady.begin() + static_cast<std::ptrdiff_t>(needed));
    const std::vector<int> too_few(enough.begin(), enough.end() - 1);
    EXPECT_TRUE(difference(with(enough, enough), with(enough, enough)).has_enough_rounds());
    EXPECT_FALSE(difference(with(too_few, too_few), with(too_few, too_few)).has_enough_rounds());
}

Results in_sessions(Results results) {
    for (Experiment& experiment : results.experiments)
        for (Point& point : experiment.points) point.slice = std::chrono::milliseconds(20);
    return results;
}

TEST(ADiff, OfSessionsCountsSessions) {
    const std::vector<int> few(steady.begin(), steady.begin() + 2);
    const Results both = in_sessions(with(few, few));
    const Diff diff = difference(both, both);
    EXPECT_EQ(diff.why_unchecked(), "too few sessions (2); measure both files again with --sessions 5 or more");
    EXPECT_NE(text_of(diff, {}).find("2 figures have too few sessions to tell a change"), std::string::npos);
    EXPECT_EQ(difference(with(few, few), with(few, few)).why_unchecked(),
              "too few rounds (2); measure both files again with --rounds 5 or more");
    EXPECT_EQ(difference(both, with(few, few)).why_unchecked(),
              "too few sessions or rounds (2); measure both files again with --sessions 5 and --rounds 5 or more");
}

TEST(ADiff, NotesThatOnlyOneWasMeasuredInSessions) {
    const Results windows = with(steady, steady);
    EXPECT_NE(text_of(difference(in_sessions(windows), windows), {})
                  .find("throughput 1 connections: measured in sessions in the old results, but in windows in the new "
                        "results.\n"),
              std::string::npos);
    EXPECT_TRUE(difference(windows, windows).notes.empty());
    EXPECT_TRUE(difference(in_sessions(windows), in_sessions(windows)).notes.empty());
}

TEST(ADiff, NotesThatResultsAreIncomplete) {
    Results partial = with(steady, steady);
    partial.partial = true;
    EXPECT_NE(text_of(difference(with(steady, steady), partial), {})
                  .find("The new results are incomplete, because the run was interrupted.\n"),
              std::string::npos);
}

TEST(ADiff, OfOtherScenariosSaysSoFirst) {
    Results single = with(steady, steady);
    single.experiments[0].name = single_comparison;
    const Diff diff = difference(with(steady, steady), single);
    EXPECT_TRUE(
        text_of(diff, {}).starts_with("The files have no scenario in common: the old results have throughput; "
                                      "the new results have a comparison"))
        << text_of(diff, {});
    EXPECT_EQ(text_of(diff, {}).find("0 of 0"), std::string::npos);
    EXPECT_EQ(diff.why_unchecked(), "the files have no scenario in common");
}

TEST(ADiff, OfOtherLoadsIsNotBlamedOnTheNumberOfRounds) {
    Results after = with(steady, steady);
    after.experiments[0].points[0].work.size = 9;
    const Diff diff = difference(with(steady, steady), after);
    EXPECT_EQ(diff.why_unchecked(), "no server was measured under the same load in both files");
    EXPECT_TRUE(text_of(diff, {}).starts_with(
        "No figure was compared: no server was measured under the same load in both files.\n"))
        << text_of(diff, {});
}

TEST(ADiff, SaysThatAServerNowFails) {
    Results after = with(steady, steady);
    after.experiments[0].points[0].rows[1].failed = "exit 1";
    const Diff diff = difference(with(steady, steady), after);
    EXPECT_TRUE(diff.has_new_failure);
    EXPECT_NE(text_of(diff, {}).find("epoll now fails: exit 1"), std::string::npos);
}

TEST(ADiff, OfARateCallsLessWorse) {
    Change change{.figure = Figure::rate, .is_ratio = false, .before = 1000, .after = 500};
    EXPECT_DOUBLE_EQ(change.worsening(), 1);
    change.figure = Figure::p99;
    EXPECT_DOUBLE_EQ(change.worsening(), -0.5);
}

TEST(ADiff, NamesWhatOnlyOneOfTheResultsHas) {
    Results before = with(steady, steady);
    Results after = before;
    after.experiments[0].points[0].rows.pop_back();
    EXPECT_EQ(difference(before, after).incomparable.size(), 1u);
    after = before;
    after.experiments[0].points[0].work.size = 9;
    EXPECT_NE(text_of(difference(before, after), {}).find("different load: "), std::string::npos);
    after.experiments.clear();
    EXPECT_NE(text_of(difference(before, after), {}).find("throughput: only in the old results"), std::string::npos);
}

TEST(ADiff, NamesChangesOfTheEnvironment) {
    Results after = with(steady, steady);
    after.environment["kernel"] = "Other";
    EXPECT_NE(text_of(difference(with(steady, steady), after), {})
                  .find("Environment changed: kernel: \"Linux\", now \"Other\".\n"),
              std::string::npos);
}

TEST(ADiff, DoesNotCompareTheChecksOfTheMachine) {
    Results after = with(steady, steady);
    Results before = after;
    before.environment["machine_check"] = {{"load_average", 1}};
    after.environment["machine_check"] = {{"load_average", 2}};
    EXPECT_TRUE(difference(before, after).environment.empty());
}

}  // namespace
}  // namespace iomux::compare
