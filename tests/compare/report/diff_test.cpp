#include "compare/report/diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <regex>

#include "compare/report/regression.hpp"
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

// Wherever the lines are broken.
bool contains(std::string text, std::string part) {
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(part, '\n', ' ');
    return text.find(part) != std::string::npos;
}

TEST(ADiff, OfTheSameHasNoChange) {
    const Diff diff = difference(with(steady, steady), with(steady, steady));
    ASSERT_EQ(diff.changes.size(), 1u);
    EXPECT_FALSE(diff.changes[0].is_significant());
    EXPECT_TRUE(contains(text_of(diff, {}), "0 of 1 ratio changed significantly.\n"));
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::success);
}

TEST(ADiff, FindsACostlierServer) {
    const Diff diff = difference(with(steady, steady), with(steady, scaled(1.5)));
    const Change* epoll = change_of(diff, "epoll");
    ASSERT_NE(epoll, nullptr);
    EXPECT_TRUE(epoll->is_significant()) << epoll->change.p;
    EXPECT_NEAR(epoll->worsening(), 0.5, 0.05);
}

TEST(ADiff, HasATablePerPointThatFitsATerminal) {
    const std::string text = text_of(difference(with(steady, steady), with(steady, scaled(1.5))), {Style::no, 80});
    const std::regex expected(
        "^throughput, [^\n]+\n"
        "server +figure +before +now +change\n"
        "epoll +CPU +1\\.00 \\[1\\.00–1\\.00\\] +1\\.\\d\\d \\[1\\.\\d\\d–1\\.\\d\\d\\] "
        "+\\+\\d{2}\\.\\d % \\[\\+\\d{2}\\.\\d to \\+\\d{2}\\.\\d\\]\n\n"
        "1 of 1 ratio changed significantly\\.\n");
    EXPECT_TRUE(std::regex_search(text, expected)) << text;
}

TEST(ADiff, MarksARatioThatDidNotChangeSignificantly) {
    const std::string text = text_of(difference(with(steady, steady), with(steady, steady)), {});
    EXPECT_TRUE(std::regex_search(text, std::regex("\nepoll [^\n]+ 0\\.0 % \\[0\\.0 to 0\\.0\\] \\?\n"))) << text;
}

TEST(ADiff, OfRatiosIgnoresASlowerMachine) {
    const Diff diff = difference(with(steady, steady), with(scaled(2), scaled(2)));
    EXPECT_FALSE(change_of(diff, "epoll")->is_significant());
    EXPECT_EQ(change_of(diff, "minimal"), nullptr) << "the baseline has no ratio";
    const std::string text = text_of(diff, {});
    EXPECT_TRUE(contains(text, "minimal itself is 1 and not compared.\n")) << text;
    EXPECT_TRUE(contains(text, "Absolute figures are not compared, because the machine differs from run to run.\n"));
}

TEST(ADiff, ComparesRatesAndLatenciesAsRatiosInTheSameRound) {
    const std::vector<Figure> figures{Figure::rate, Figure::p99};
    Results before = results({experiment({{row("minimal", steady), row("epoll", steady)}}, figures)});
    Results after = before;
    double speed = 1;
    for (std::size_t i = 0; i < steady.size(); ++i) {
        speed *= 1.1;  // of the machine, in each round another
        for (ServerResult& row : after.experiments[0].points[0].rows) {
            row.rounds[i]->messages_per_second *= speed;
            *row.rounds[i]->p99 /= speed;
        }
        after.experiments[0].points[0].rows[1].rounds[i]->messages_per_second /= 2;
    }
    const Diff diff = difference(before, after);
    ASSERT_EQ(diff.changes.size(), 2u);
    EXPECT_EQ(diff.changes[0].figure, Figure::rate);
    EXPECT_NEAR(diff.changes[0].change.factor, 0.5, 1e-9);
    EXPECT_NEAR(diff.changes[0].worsening(), 1, 1e-9);
    EXPECT_NEAR(diff.changes[1].change.factor, 1, 1e-9);
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
    const std::string text = text_of(diff, {});
    EXPECT_TRUE(contains(text, "1 of 100 ratios changed significantly. The others are not listed.\n")) << text;
    EXPECT_TRUE(text.starts_with("0, 1 connections\n")) << text;
    EXPECT_FALSE(contains(text, "\n1, 1 connections\n"));
}

// A change of one ratio that would be significant alone.
TEST(ADiff, IsCorrectedForTheNumberOfRatiosInAScenario) {
    const std::vector<int> slower{101, 103, 100, 103, 100, 101, 105, 98};
    const Diff alone = difference(with(steady, steady), with(std::vector<int>(8, 100), slower));
    const double p = change_of(alone, "epoll")->change.p;
    std::vector<ServerResult> before{row("minimal", steady)}, after{row("minimal", std::vector<int>(8, 100))};
    for (const char* name : {"a", "b", "c", "d"}) {
        before.push_back(row(name, steady));
        after.push_back(row(name, name == std::string("a") ? slower : std::vector<int>(8, 100)));
    }
    const Diff among = difference(results({experiment({before})}), results({experiment({after})}));
    EXPECT_NEAR(change_of(among, "a")->change.p, 4 * p, 1e-9);
    EXPECT_EQ(change_of(among, "b")->change.p, 1);
}

TEST(ADiff, NamesRatiosWithTooFewRounds) {
    const std::vector<int> one{100}, two{100, 110};
    const Diff diff = difference(with(one, one), with(two, {900, 910}));
    EXPECT_TRUE(diff.changes.empty());
    const std::string text = text_of(diff, {});
    EXPECT_TRUE(text.starts_with("No ratio was compared: the reasons are below.\n")) << text;
    EXPECT_TRUE(contains(text,
                         "Not compared: throughput, 1 connections: too few rounds (1, now 2; each needs 2): epoll "
                         "CPU.\n"))
        << text;
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
    EXPECT_EQ(difference(with(two, two), with(two, two)).changes.size(), 1u);
}

// A server with these costs in its sessions; each has three slices.
ServerResult in_sessions(const char* name, const std::vector<double>& costs) {
    ServerResult result = row(name, std::vector<int>(costs.size(), 1));
    for (std::size_t i = 0; i < costs.size(); ++i) result.rounds[i]->slices.assign(3, costs[i]);
    return result;
}

Results of_sessions(std::vector<ServerResult> rows) {
    Results all = results({experiment({std::move(rows)})});
    all.experiments[0].points[0].slice = std::chrono::milliseconds(20);
    return all;
}

TEST(ADiff, OfSessionsComparesTheirSlices) {
    const std::vector<double> base{10, 20, 30, 40};
    const Results before = of_sessions({in_sessions("minimal", base), in_sessions("epoll", {10.1, 20, 30, 40})});
    const Results after = of_sessions({in_sessions("minimal", base), in_sessions("epoll", {12, 24.1, 36, 48})});
    const Diff diff = difference(before, after);
    ASSERT_EQ(diff.changes.size(), 1u);
    EXPECT_NEAR(diff.changes[0].change.factor, 1.2, 0.005);
    EXPECT_TRUE(diff.changes[0].is_significant());
    EXPECT_TRUE(contains(text_of(diff, {}), "before, now: ratio to minimal in the same session,"));
    const Diff of_one = difference(of_sessions({in_sessions("minimal", {10}), in_sessions("epoll", {10})}), after);
    EXPECT_TRUE(contains(text_of(of_one, {}), "too few sessions (1, now 4; each needs 2): epoll CPU.\n"));
}

TEST(ADiff, DoesNotCompareSessionsWithWindows) {
    const Results windows = with(steady, steady);
    const Results sessions = of_sessions({in_sessions("minimal", {10, 11, 12}), in_sessions("epoll", {10, 11, 12})});
    const Diff diff = difference(sessions, windows);
    EXPECT_TRUE(diff.changes.empty());
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
    EXPECT_TRUE(contains(text_of(diff, {}),
                         "Not compared: throughput, 1 connections: measured in sessions in the old results, but in "
                         "windows in the new results.\n"))
        << text_of(diff, {});
    EXPECT_TRUE(difference(windows, windows).not_compared.empty());
    EXPECT_TRUE(difference(sessions, sessions).not_compared.empty());
}

TEST(ADiff, OfDifferentBaselinesUsesOneThatBothHave) {
    const Results before = with(steady, scaled(2));
    Results after = before;
    summarise(after.experiments[0], "epoll");
    const Diff diff = difference(before, after);
    ASSERT_EQ(diff.changes.size(), 1u);
    EXPECT_EQ(diff.changes[0].server, "epoll");
    EXPECT_NEAR(diff.changes[0].before.ratio, 2, 0.02);
    EXPECT_NEAR(diff.changes[0].change.factor, 1, 1e-9);
    EXPECT_TRUE(contains(text_of(diff, {}),
                         "throughput, 1 connections: the baseline was minimal, and is now epoll; "
                         "ratios to minimal are compared.\n"));
}

TEST(ADiff, WithoutACommonBaselineComparesNothing) {
    const Results before = results({experiment({{row("minimal", steady), row("poll", steady)}})});
    const Results after = results({experiment({{row("epoll", steady), row("poll", steady)}})});
    const Diff diff = difference(before, after);
    EXPECT_TRUE(diff.changes.empty());
    EXPECT_TRUE(contains(text_of(diff, {}),
                         "Not compared: throughput, 1 connections: no baseline in common (old: "
                         "minimal; new: epoll).\n"))
        << text_of(diff, {});
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
}

TEST(ADiff, OfTheBaselineAloneComparesNothing) {
    const Results alone = results({experiment({{row("minimal", steady)}})});
    const Diff diff = difference(alone, alone);
    EXPECT_TRUE(
        text_of(diff, {}).starts_with("No ratio was compared: the files have no server in common but the baseline.\n"))
        << text_of(diff, {});
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
}

TEST(ADiff, NamesTheFiguresThatAreMeasuredOnce) {
    const std::vector<Figure> figures{Figure::cpu, Figure::system_calls};
    const Results both = results({experiment({{row("minimal", steady), row("epoll", steady)}}, figures)});
    EXPECT_TRUE(contains(text_of(difference(both, both), {}), "Measured once, so not compared: calls/msg.\n"));
    EXPECT_EQ(judge(difference(both, both), 0.01).outcome, Outcome::success);
    const Results memory = results({experiment({{row("minimal", {}), row("epoll", {})}}, {Figure::idle_memory})});
    EXPECT_TRUE(text_of(difference(memory, memory), {})
                    .starts_with("No ratio was compared: all figures were measured once.\n"));
    EXPECT_EQ(judge(difference(memory, memory), {}).outcome, Outcome::inconclusive);
}

TEST(ADiff, NotesThatResultsAreIncomplete) {
    Results partial = with(steady, steady);
    partial.partial = true;
    EXPECT_TRUE(contains(text_of(difference(with(steady, steady), partial), {}),
                         "The new results are incomplete, because the run was interrupted.\n"));
}

TEST(ADiff, OfOtherScenariosSaysSoFirst) {
    Results single = with(steady, steady);
    single.experiments[0].name = single_comparison;
    const Diff diff = difference(with(steady, steady), single);
    EXPECT_TRUE(
        text_of(diff, {}).starts_with("The files have no scenario in common: the old results have throughput; "
                                      "the new results have a comparison"))
        << text_of(diff, {});
    EXPECT_FALSE(contains(text_of(diff, {}), "0 of 0"));
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
}

TEST(ADiff, OfOtherLoadsComparesNothing) {
    Results after = with(steady, steady);
    after.experiments[0].points[0].work.size = 9;
    const Diff diff = difference(with(steady, steady), after);
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
    EXPECT_TRUE(text_of(diff, {}).starts_with(
        "No ratio was compared: no server was measured under the same load in both files.\n"))
        << text_of(diff, {});
}

TEST(ADiff, SaysThatAServerNowFails) {
    Results after = with(steady, steady);
    after.experiments[0].points[0].rows[1].failed = "exit 1";
    const Diff diff = difference(with(steady, steady), after);
    EXPECT_TRUE(contains(text_of(diff, {}), "epoll now fails: exit 1"));
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
    EXPECT_EQ(judge(diff, 0.05).outcome, Outcome::regression);
    EXPECT_EQ(judge(diff, 0.05).text, "Regression: a server now fails.\n");
    const Diff of_failures = difference(after, after);
    EXPECT_TRUE(contains(text_of(of_failures, {}), "epoll failed in both results"));
    EXPECT_EQ(judge(of_failures, 0.05).outcome, Outcome::inconclusive);
}

TEST(ADiff, OfARateCallsLessWorse) {
    Change change{.figure = Figure::rate, .change = {.factor = 0.5, .interval = {0.4, 0.8}}};
    EXPECT_DOUBLE_EQ(change.worsening(), 1);
    EXPECT_DOUBLE_EQ(change.worst(), 1.5);
    change.figure = Figure::p99;
    EXPECT_DOUBLE_EQ(change.worsening(), -0.5);
    EXPECT_NEAR(change.worst(), -0.2, 1e-12);
}

TEST(ADiff, NamesWhatOnlyOneOfTheResultsHas) {
    Results before = with(steady, steady);
    Results after = before;
    after.experiments[0].points[0].rows.pop_back();
    EXPECT_EQ(difference(before, after).not_compared.size(), 1u);
    EXPECT_EQ(judge(difference(before, after), {}).outcome, Outcome::inconclusive);
    after = before;
    after.experiments[0].points[0].work.size = 9;
    EXPECT_TRUE(contains(text_of(difference(before, after), {}), "different load: "));
    after.experiments.clear();
    EXPECT_TRUE(contains(text_of(difference(before, after), {}), "throughput: only in the old results"));
}

TEST(ADiff, OfMoreThanBeforeIsASuccess) {
    const Results before = with(steady, steady);
    Results after = before;
    after.experiments.push_back(after.experiments[0]);
    after.experiments.back().name = "other";
    after.experiments[0].points.push_back(after.experiments[0].points[0]);
    after.experiments[0].points.back().label = "2 connections";
    after.experiments[0].points[0].rows.push_back(row("poll", steady));
    after.experiments[0].points[0].rows.push_back(failed("select"));
    summarise(after.experiments[0], {});
    const Diff diff = difference(before, after);
    EXPECT_EQ(judge(diff, 0.01).outcome, Outcome::success) << text_of(diff, {});
    for (const char* name : {"other: only in the new results", "throughput, 2 connections: only in the new results",
                             "poll not measured in the old results", "select not measured in the old results"})
        EXPECT_TRUE(contains(text_of(diff, {}), name)) << name << text_of(diff, {});
}

TEST(ADiff, OfAServerThatIsSkippedInBothResultsIsASuccess) {
    Results both = with(steady, steady);
    both.experiments[0].points[0].rows.push_back({.spec = {.name = "io_uring", .path = "x"}, .skipped = "no kernel"});
    summarise(both.experiments[0], {});
    EXPECT_TRUE(difference(both, both).not_compared.empty());
    EXPECT_EQ(judge(difference(both, both), 0.01).outcome, Outcome::success);
}

TEST(ADiff, NamesChangesOfTheEnvironment) {
    Results after = with(steady, steady);
    after.environment["kernel"] = "Other";
    EXPECT_TRUE(contains(text_of(difference(with(steady, steady), after), {}),
                         "Environment changed: kernel: \"Linux\", now \"Other\".\n"));
}

TEST(ADiff, DoesNotCompareTheChecksOfTheMachine) {
    Results after = with(steady, steady);
    Results before = after;
    before.environment["machine_check"] = {{"load_average", 1}};
    after.environment["machine_check"] = {{"load_average", 2}};
    EXPECT_TRUE(difference(before, after).environment.empty());
}

// A diff of one ratio with this change, which is significant if its interval excludes 1.
Diff diff_of(RatioChange change) {
    Diff diff;
    change.p = change.interval.contains(1) ? 0.5 : 0.01;
    diff.changes.push_back({.scenario = "throughput",
                            .point = "1 connection",
                            .server = "epoll",
                            .figure = Figure::cpu,
                            .change = change});
    return diff;
}

TEST(AJudgement, IsSuccessIfTheIntervalExcludesAWorseningBeyondTheLimit) {
    for (const RatioChange& change : {RatioChange{1, {0.97, 1.03}}, {1.02, {1.01, 1.049}}, {0.5, {0.4, 0.6}}}) {
        const Judgement judgement = judge(diff_of(change), 0.05);
        EXPECT_EQ(judgement.outcome, Outcome::success) << change.factor;
        EXPECT_EQ(judgement.text, "No regression: every interval excludes a change for the worse by more than 5 %.\n");
    }
}

TEST(AJudgement, IsInconclusiveIfTheIntervalReachesBeyondTheLimit) {
    for (const RatioChange& change : {RatioChange{1, {0.93, 1.07}}, {1.04, {1.01, 1.07}}, {1.07, {0.99, 1.15}}})
        EXPECT_EQ(judge(diff_of(change), 0.05).outcome, Outcome::inconclusive) << change.factor;
    EXPECT_EQ(judge(diff_of({1.04, {1.01, 1.07}}), 0.05).text,
              "May be worse by more than 5 %: throughput, 1 connection: epoll CPU +4.0 % [+1.0 to +7.0].\n"
              "Inconclusive: an interval reaches beyond 5 %. Measure more sessions or rounds in both runs, or both "
              "builds in one run (see diff --help).\n");
}

TEST(AJudgement, IsARegressionIfTheWorseningIsSignificantAndBeyondTheLimit) {
    const Judgement judgement = judge(diff_of({1.07, {1.01, 1.13}}), 0.05);
    EXPECT_EQ(judgement.outcome, Outcome::regression);
    EXPECT_EQ(judgement.text,
              "Worse by more than 5 %: throughput, 1 connection: epoll CPU +7.0 % [+1.0 to +13.0].\n"
              "Regression: a change for the worse is significant, and larger than 5 %.\n");
}

TEST(AJudgement, OfSeveralIsTheWorst) {
    Diff diff = diff_of({1, {0.97, 1.03}});
    diff.not_compared.push_back({NotCompared::Kind::new_only, "more"});
    EXPECT_EQ(judge(diff, 0.05).outcome, Outcome::success);
    diff.not_compared.push_back({NotCompared::Kind::lost, "less"});
    EXPECT_EQ(judge(diff, 0.05).outcome, Outcome::inconclusive);
    EXPECT_EQ(judge(diff, 0.05).text, "Inconclusive: not everything in the old results was compared.\n");
    EXPECT_EQ(judge(diff, {}).outcome, Outcome::inconclusive);
    diff.changes.push_back(diff_of({1, {0.9, 1.1}}).changes[0]);
    EXPECT_EQ(judge(diff, 0.05).outcome, Outcome::inconclusive);
    diff.changes.push_back(diff_of({2, {1.9, 2.1}}).changes[0]);
    EXPECT_EQ(judge(diff, 0.05).outcome, Outcome::regression);
}

TEST(AJudgement, WithoutALimitIgnoresWorsenings) {
    EXPECT_EQ(judge(diff_of({2, {1.9, 2.1}}), {}).outcome, Outcome::success);
    EXPECT_EQ(judge(diff_of({2, {1.9, 2.1}}), {}).text, "");
}

// Runs of a baseline and three servers, the first of which may have become costlier. From session to session every
// server varies by 2 %.
class SimulatedRuns {
public:
    Diff pair(double factor) {
        const Results before = run(1);
        return difference(before, run(factor));
    }

private:
    Results run(double factor) {
        std::vector<ServerResult> rows;
        for (const char* name : {"minimal", "a", "b", "c"}) {
            std::vector<double> costs;
            for (int session = 0; session < 8; ++session)
                costs.push_back((*name == 'a' ? factor : 1) * std::exp(0.02 * normal_(random_)));
            rows.push_back(in_sessions(name, costs));
        }
        return of_sessions(std::move(rows));
    }

    std::mt19937_64 random_{17};
    std::normal_distribution<double> normal_;
};

constexpr int pairs = 400;

TEST(SimulatedPairs, OfUnchangedRunsSeldomNameAChange) {
    SimulatedRuns runs;
    int named = 0;
    for (int i = 0; i < pairs; ++i)
        if (std::ranges::any_of(runs.pair(1).changes, &Change::is_significant)) ++named;
    EXPECT_LE(named, pairs * 0.07);
    EXPECT_GE(named, pairs * 0.02) << "the correction is too strict";
}

TEST(SimulatedPairs, ContainTheTrueChangeAndFindIt) {
    SimulatedRuns runs;
    int contained = 0, found = 0;
    for (int i = 0; i < pairs; ++i) {
        const Diff diff = runs.pair(1.08);
        const Change& change = *change_of(diff, "a");
        if (change.change.interval.contains(1.08)) ++contained;
        if (change.is_significant() && change.change.factor > 1) ++found;
    }
    EXPECT_GE(contained, pairs * 0.93);
    EXPECT_LE(contained, pairs * 0.975);
    EXPECT_GE(found, pairs * 0.95);
}

TEST(SimulatedPairs, SeldomPassAChangeBeyondTheLimit) {
    SimulatedRuns runs;
    int passed = 0;
    for (int i = 0; i < pairs; ++i)
        if (judge(runs.pair(1.0501), 0.05).outcome == Outcome::success) ++passed;
    EXPECT_LE(passed, pairs * 0.05);
}

}  // namespace
}  // namespace iomux::compare
