#include "compare/comparison/brief.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>

#include "compare/report/brief_text.hpp"
#include "compare/report/tables_text.hpp"

namespace iomux::compare {
namespace {

constexpr auto none = std::nullopt;

// A server's ratio to the baseline.
struct Known {
    const char* title;
    double ratio;
    std::optional<Interval> interval = Interval{1, 1};
};

// A point at which these servers are ranked in this order, after the baseline.
Point point_of(const std::vector<Known>& servers, std::vector<std::string> not_told_apart = {}) {
    Point point{.label = "here"};
    Ranking ranking{.order = {}, .not_told_apart = std::move(not_told_apart)};
    std::vector<Known> all{{"minimal", 1}};
    all.insert(all.end(), servers.begin(), servers.end());
    for (const auto& [title, ratio, interval] : all) {
        point.rows.push_back({.spec = {.name = title}});
        Medians medians;
        medians.ratio = Ratio{.value = ratio, .interval = interval};
        point.summary.servers.push_back({.medians = medians});
        if (point.rows.size() > 1) ranking.order.emplace_back(title);
    }
    point.summary.baseline = 0;
    if (!ranking.order.empty()) point.summary.rankings[Figure::cpu] = ranking;
    return point;
}

Point with_connections(std::size_t connections, Point point) {
    point.work.connections = connections;
    point.label = std::to_string(connections) + " connections";
    return point;
}

Point with_idle(std::size_t idle, Point point) {
    point.work.idle = idle;
    point.label = std::to_string(idle) + " idle";
    return point;
}

Cost asio_cost(double value, std::optional<Interval> interval, Verdict verdict) {
    return {.pair = Cost::Pair::asio_over_epoll,
            .server = "callbacks",
            .over = "epoll",
            .value = value,
            .interval = interval,
            .verdict = verdict};
}

Point with_cost(Cost cost, std::size_t connections = 10) {
    Point point = with_connections(connections, point_of({{"epoll", 1}, {"poll", 1.1}}));
    point.summary.costs = {std::move(cost)};
    return point;
}

Experiment scenario(const char* name, std::vector<Point> points) { return {.name = name, .points = std::move(points)}; }

using ByQuestion = std::map<std::string, Answer>;

ByQuestion answers_of(const std::vector<Experiment>& experiments) {
    ByQuestion answers;
    for (const Answer& answer : answers_from(experiments)) answers[answer.question] = answer;
    return answers;
}

constexpr const char* of_asio = "CPU cost of Asio relative to raw epoll";
constexpr const char* of_idle = "Cheapest for 10,000 idle connections and 10 busy ones";
constexpr const char* of_memory = "Least memory per idle connection";
constexpr const char* of_calls = "Fewest system calls per message";

Answer cheapest_of(Point point) { return answers_of({scenario("throughput", {std::move(point)})}).at("Cheapest"); }

TEST(TheBrief, AsksAboutFewManyAndIdleConnectionsAndAboutAsio) {
    const Point point = point_of({{"epoll", 1}, {"poll", 1.1}});
    std::vector<std::string> questions;
    for (const Answer& answer : answers_from(
             std::vector{scenario("throughput", {with_connections(10, point), with_connections(1000, point)})}))
        questions.push_back(answer.question);
    EXPECT_EQ(questions,
              (std::vector<std::string>{"Cheapest for 10 busy connections", "Cheapest for 1,000 busy connections",
                                        of_idle, of_asio, of_memory, of_calls}));
}

TEST(TheBrief, AnswersWithAllServersThatMayBeTheCheapest) {
    const Answer found = cheapest_of(point_of(
        {{"epoll", 0.9, Interval{0.88, 0.93}}, {"poll", 0.95, Interval{0.92, 0.99}}, {"select", 1.1}}, {"poll"}));
    EXPECT_EQ(found.answer, "epoll or poll");
    ASSERT_EQ(found.why.size(), 1u);
    EXPECT_EQ(found.why[0].text, "epoll takes 0.90 × [0.88–0.93] the CPU time of minimal, not told apart from poll");
    EXPECT_EQ(found.why[0].scenario, "throughput");
    EXPECT_EQ(found.why[0].point, "here");
    EXPECT_EQ(found.command, "");
}

TEST(TheBrief, CountsTheServersThatMayBeTheCheapestIfThereAreMany) {
    const Answer found = cheapest_of(point_of({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}}, {"b", "c", "d"}));
    EXPECT_EQ(found.answer, "a or one of 3 others");
    EXPECT_TRUE(found.why[0].text.ends_with(", not told apart from 3 others")) << found.why[0].text;
}

TEST(TheBrief, ComparesTheCheapestWithMinimalAloneIfNothingIsKnownOfTheNextOne) {
    EXPECT_EQ(cheapest_of(point_of({{"a", 0.9, Interval{0.88, 0.91}}, {"b", 0.95}})).why.at(0).text,
              "a takes 0.90 × [0.88–0.91] the CPU time of minimal");
    EXPECT_EQ(cheapest_of(point_of({{"a", 0.9, none}, {"b", 0.95, none}}, {"b"})).why.at(0).text,
              "a takes 0.90 × (too few measurements for a confidence interval) the CPU time of minimal, not told apart "
              "from b");
}

TEST(TheBrief, ComparesTheCheapestWithTheNextOneWhichItsStrengthIsAbout) {
    Point point = point_of({{"a", 0.9, Interval{0.88, 0.91}}, {"b", 0.95}, {"c", 1.1}});
    Cost cost{.pair = Cost::Pair::second_over_best,
              .server = "b",
              .over = "a",
              .value = 1.06,
              .interval = Interval{1.02, 1.1},
              .verdict = Verdict::more};
    point.summary.costs = {cost};
    const Reason reason = cheapest_of(point).why.at(0);
    EXPECT_EQ(
        reason.text,
        "b, the next one, takes 1.06 × [1.02–1.10] the CPU time of a; a takes 0.90 × [0.88–0.91] that of minimal");
    EXPECT_EQ(reason.strength, Strength::likely);
    point.summary.rankings[Figure::cpu].not_told_apart = {"b", "c"};
    EXPECT_EQ(cheapest_of(point).why.at(0).text,
              "b, the next one, takes 1.06 × [1.02–1.10] the CPU time of a, which may be chance among so many servers; "
              "a takes 0.90 × [0.88–0.91] that of minimal");
    point.summary.rankings[Figure::cpu].not_told_apart.clear();
    point.summary.costs.front().interval.reset();
    EXPECT_EQ(cheapest_of(point).why.at(0).text, "a takes 0.90 × [0.88–0.91] the CPU time of minimal");
}

TEST(TheBrief, SaysThatTheCheapestIsTheBaseline) {
    Point point = point_of({{"epoll", 1}, {"poll", 1.1}});
    point.summary.baseline = 1;
    point.summary.costs = {{.pair = Cost::Pair::second_over_best,
                            .server = "poll",
                            .over = "epoll",
                            .value = 1.1,
                            .interval = Interval{1.08, 1.12},
                            .verdict = Verdict::more}};
    EXPECT_EQ(cheapest_of(point).why.at(0).text,
              "poll, the next one, takes 1.10 × [1.08–1.12] the CPU time of epoll; epoll is the baseline");
}

TEST(TheBrief, DoesNotCompareTheBaselineWithItself) {
    Point point = point_of({{"epoll", 1}, {"poll", 1.1}});
    point.summary.baseline = 1;
    EXPECT_EQ(cheapest_of(point).why[0].text, "epoll is the baseline");
}

TEST(TheBrief, CallsNoServerTheCheapestIfItIsTheOnlyOne) {
    const Point point = point_of({{"pool", 4.57, Interval{4.4, 4.8}}});
    const auto found =
        answers_of({scenario("throughput", {with_connections(10, point), with_connections(1000, point)})});
    EXPECT_EQ(found.count("Cheapest for 10 busy connections"), 0u);
    EXPECT_EQ(found.count("Cheapest for 1,000 busy connections"), 0u);
    for (const char* question : {"CPU cost of pool relative to minimal for 10 busy connections",
                                 "CPU cost of pool relative to minimal for 1,000 busy connections"}) {
        EXPECT_EQ(found.at(question).answer, "4.57 ×");
        EXPECT_EQ(found.at(question).why.at(0).text, "pool takes 4.57 × [4.40–4.80] the CPU time of minimal");
    }
}

TEST(TheBrief, HasNoAnswerIfTheBaselineIsTheOnlyServer) {
    Point point = point_of({{"epoll", 1}});
    point.rows.erase(point.rows.begin());
    point.summary.servers.erase(point.summary.servers.begin());
    const Answer found = cheapest_of(point);
    EXPECT_EQ(found.answer, "");
    EXPECT_EQ(found.command, "./iomux compare run throughput");
}

TEST(TheBrief, CallsNoServerTheCheapestIfThereWereTooFewMeasurements) {
    EXPECT_EQ(cheapest_of(point_of({{"a", 0.9, none}, {"b", 0.95, none}})).answer, "Too few measurements to tell.");
    Point of_baseline = point_of({{"epoll", 1, none}, {"poll", 1.1, none}});
    of_baseline.summary.baseline = 1;
    EXPECT_EQ(cheapest_of(of_baseline).answer, "Too few measurements to tell.");
}

TEST(TheBrief, TakesThePointNearestToTenConnectionsForFewAndTheLastForMany) {
    std::vector<Point> points;
    for (const std::size_t connections : {1, 4, 40, 1000})
        points.push_back(with_connections(connections, point_of({{"epoll", 1}, {"poll", 1.1}})));
    const ByQuestion found = answers_of({scenario("throughput", points)});
    EXPECT_EQ(found.at("Cheapest for 4 busy connections").why[0].point, "4 connections");
    EXPECT_EQ(found.at("Cheapest for 1,000 busy connections").why[0].point, "1000 connections");
}

TEST(TheBrief, TakesTheMostIdleConnectionsThatWereMeasured) {
    const Point measured = point_of({{"epoll", 1}, {"poll", 1.1}});
    const Experiment idle =
        scenario("idle", {with_idle(0, measured), with_idle(900, measured), with_idle(10000, point_of({}))});
    const Answer found =
        answers_of({idle}).at("Cheapest for 900 idle connections and 64 busy ones, the most that were measured");
    EXPECT_EQ(found.why[0].point, "900 idle");
    EXPECT_EQ(found.why[0].scenario, "idle");
    EXPECT_EQ(answers_of({scenario("idle", {with_idle(0, measured)})}).at(of_idle).answer, "");
}

TEST(TheBrief, TakesASingleComparisonUnlessThroughputWasMeasured) {
    const Experiment single = scenario("comparison", {point_of({{"poll", 1}, {"select", 1.1}})});
    EXPECT_EQ(answers_of({single}).at("Cheapest").answer, "poll");
    EXPECT_EQ(
        answers_of({single, scenario("throughput", {point_of({{"epoll", 1}, {"poll", 1.1}})})}).at("Cheapest").answer,
        "epoll");
}

TEST(TheBrief, GivesTheRangeOfAsiosCostOverAllPoints) {
    const Cost dear = asio_cost(1.2, Interval{1.1, 1.3}, Verdict::more);
    const Cost alike = asio_cost(1.02, Interval{0.9, 1.1}, Verdict::not_told_apart);
    const Cost near = asio_cost(1.01, Interval{0.98, 1.04}, Verdict::not_told_apart);
    const auto answer = [](std::vector<Point> points) {
        return answers_of({scenario("throughput", std::move(points))}).at(of_asio);
    };
    const Answer range = answer({with_cost(dear), with_cost(alike, 100)});
    EXPECT_EQ(range.answer, "1.02 to 1.20 ×, depending on the load");
    EXPECT_EQ(range.why.at(0).ratio, "1.20 × [1.10–1.30]");
    EXPECT_EQ(range.why.at(1).load, "100 busy connections");
    ASSERT_EQ(range.why.size(), 2u);
    EXPECT_EQ(range.why[0].text, "callbacks, the cheapest Asio server, takes 1.20 × [1.10–1.30] the CPU time of epoll");
    EXPECT_EQ(range.why[1].text,
              "callbacks, the cheapest Asio server, takes 1.02 × [0.90–1.10] the CPU time of epoll: too noisy to tell "
              "(±10 %)");
    EXPECT_EQ(answer({with_cost(dear)}).answer, "1.20 × [1.10–1.30]");
    EXPECT_EQ(answer({with_cost(dear), with_cost(dear, 100)}).answer, "1.20 ×");
    EXPECT_EQ(answer({with_cost(near), with_cost(alike, 100)}).answer, "Too noisy to tell (±10 %). Measure longer.");
    EXPECT_EQ(answer({with_cost(near)}).answer, "Not told apart (±3 %).");
}

TEST(TheBrief, SaysIfThereWereTooFewMeasurementsOfAsiosCost) {
    const Point point = with_cost(asio_cost(1.02, none, Verdict::too_few));
    const Answer found = answers_of({scenario("throughput", {point})}).at(of_asio);
    EXPECT_EQ(found.answer, "1.02 ×");
    EXPECT_EQ(found.why[0].text,
              "callbacks, the cheapest Asio server, takes 1.02 × (too few measurements for a confidence interval) the "
              "CPU time of epoll");
}

// A point at which these servers have these bytes per idle connection, and as many system calls per message.
Point with_values(const char* label, std::vector<std::pair<const char*, double>> values) {
    Point point{.label = label};
    Ranking ranking;
    for (const auto& [title, value] : values) {
        ServerResult row{.spec = {.name = title}};
        row.idle_memory = IdleMemory{.connections = 500, .bytes = value, .kernel_stack_bytes = 0};
        row.system_calls = SystemCalls{.all_per_message = value};
        point.rows.push_back(std::move(row));
        point.summary.servers.emplace_back();
        ranking.order.emplace_back(title);
    }
    point.summary.rankings[Figure::idle_memory] = point.summary.rankings[Figure::system_calls] = ranking;
    return point;
}

TEST(TheBrief, SaysWhichServersUseTheLeastMemory) {
    const Answer found =
        answers_of({scenario("memory", {with_values("100 idle", {{"poll", 1}}),
                                        with_values("500 idle", {{"epoll", 256}, {"callbacks", 1290}})})})
            .at(of_memory);
    EXPECT_EQ(found.answer, "epoll: 0.25 KiB");
    EXPECT_EQ(found.why.at(0).text, "epoll 0.25 KiB, callbacks 1.26 KiB, measured once");
    EXPECT_EQ(found.why.at(0).scenario, "memory");
    EXPECT_EQ(found.why.at(0).point, "500 idle");
    EXPECT_EQ(found.why.at(0).load, "900 idle connections");
    // A single server does not have the least of any.
    const ByQuestion alone = answers_of({scenario("memory", {with_values("100 idle", {{"poll", 1}})})});
    EXPECT_EQ(alone.at("Memory per idle connection").answer, "poll: 0.00 KiB");
}

TEST(TheBrief, SaysWhichServersMakeTheFewestSystemCallsWithOneConnectionAndWithMany) {
    const ByQuestion found = answers_of(
        {scenario("syscalls", {with_connections(1, with_values("", {{"epoll", 2.999}, {"poll", 3.001}, {"a", 5}})),
                               with_connections(64, with_values("", {{"epoll", 2}, {"a", 2.01}}))})});
    EXPECT_EQ(found.at("Fewest system calls per message for 1 busy connection").answer, "epoll or poll: 3.00");
    EXPECT_EQ(found.at("Fewest system calls per message for 64 busy connections").answer, "epoll: 2.00");
}

TEST(TheBrief, CountsServersWithEqualFiguresIfThereAreMany) {
    const auto answer = [](std::vector<std::pair<const char*, double>> values) {
        return answers_of({scenario("comparison", {with_values("", std::move(values))})}).at(of_calls);
    };
    const Answer found = answer({{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 3}, {"f", 4}});
    EXPECT_EQ(found.answer, "a or one of 3 others: 2.00");
    EXPECT_EQ(found.why.at(0).text, "a 2.00, b 2.00, c 2.00, d 2.00, …, f 4.00, measured once");
    EXPECT_EQ(answer({{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 3}}).why.at(0).text,
              "a 2.00, b 2.00, c 2.00, d 2.00, e 3.00, measured once");
}

TEST(TheBrief, NamesTheCommandThatMeasuresAMissingAnswer) {
    std::map<std::string, std::string> commands;
    for (const auto& [question, answer] : answers_of({scenario("idle", {with_idle(900, point_of({}))})})) {
        EXPECT_EQ(answer.answer, "") << question;
        EXPECT_TRUE(answer.why.empty()) << question;
        commands[question] = answer.command;
    }
    EXPECT_EQ(commands, (std::map<std::string, std::string>{
                            {"Cheapest for 10 busy connections", "./iomux compare run throughput"},
                            {of_idle, "./iomux compare run idle"},
                            {of_asio, "./iomux compare run throughput idle --servers minimal,epoll,callbacks"},
                            {of_memory, "./iomux compare run memory"},
                            {of_calls, "./iomux compare run syscalls"}}));
}

TEST(TheAnswers, OnFewConnectionsMayBeFromThePointWithoutIdleOnes) {
    const ByQuestion answers = answers_of(
        {scenario("idle", {with_idle(0, with_connections(10, point_of({{"io_uring", 0.9}, {"epoll", 1}}))),
                           with_idle(900, with_connections(1, point_of({{"epoll", 1}, {"io_uring", 1.2}})))})});
    EXPECT_EQ(answers.at("Cheapest for 10 busy connections").answer, "io_uring");
    EXPECT_EQ(answers.at("Cheapest for 900 idle connections and 1 busy one, the most that were measured").answer,
              "epoll");
}

// The ranking says which server is the cheapest, and its cost to the second how sure that is.
TEST(TheAnswers, SayHowSureTheyAre) {
    Point few = with_connections(10, point_of({{"epoll", 0.9}, {"poll", 0.95}}));
    EXPECT_EQ(answers_of({scenario("throughput", {few})}).at("Cheapest").why.at(0).strength, none);
    few.summary.costs = {asio_cost(1.2, Interval{1.1, 1.3}, Verdict::more),
                         {.pair = Cost::Pair::second_over_best,
                          .server = "poll",
                          .over = "epoll",
                          .value = 1.06,
                          .interval = Interval{1.01, 1.11},
                          .verdict = Verdict::more}};
    const ByQuestion answers = answers_of({scenario("throughput", {few})});
    EXPECT_EQ(answers.at("Cheapest").why.at(0).strength, Strength::likely);
    EXPECT_EQ(answers.at(of_asio).why.at(0).strength, Strength::certain);
}

TEST(TheBriefAsText, HasALineForEachAnswerThatWasMeasured) {
    const Interval interval{0.88, 0.93};
    Point few = with_connections(10, point_of({{"epoll", 0.9, interval}, {"poll", 0.95}}));
    Point many = with_connections(1000, point_of({{"poll", 0.9, interval}, {"epoll", 0.91}}, {"epoll"}));
    few.summary.costs = {asio_cost(1.2, Interval{1.1, 1.3}, Verdict::more)};
    many.summary.costs = {asio_cost(1.02, Interval{0.9, 1.1}, Verdict::not_told_apart)};
    const Results results{.experiments = {scenario("throughput", {few, many})}};
    EXPECT_EQ(
        brief_text(results),
        "In brief:\n"
        "Cheapest for 10 busy connections: epoll; epoll takes 0.90 × [0.88–0.93] the CPU time of minimal.\n"
        "Cheapest for 1,000 busy connections: poll or epoll; poll takes 0.90 × [0.88–0.93] the CPU time of minimal, "
        "not told apart from epoll.\n"
        "CPU cost of Asio relative to raw epoll: 1.02 to 1.20 ×, depending on the load; 10 busy connections: 1.20 × "
        "[1.10–1.30] (certain), 1,000 busy connections: 1.02 × [0.90–1.10] (too noisy to tell).\n"
        "minimal, the baseline, is not ranked, because it handles neither partial writes nor slow readers.\n");
}

TEST(TheBriefAsText, SaysOnlyOfRankedServersThatMinimalIsNotRanked) {
    const auto brief = [](const Point& point) {
        return brief_text({.experiments = {scenario("throughput", {point})}});
    };
    const std::string not_ranked = "is not ranked";
    EXPECT_EQ(brief(point_of({{"epoll", 0.9}})).find(not_ranked), std::string::npos);
    Point without_minimal = point_of({{"epoll", 0.9}, {"poll", 1}});
    without_minimal.rows[0].spec.name = "mine";
    EXPECT_EQ(brief(without_minimal).find(not_ranked), std::string::npos);
    Point of_epoll = point_of({{"epoll", 1}, {"poll", 1.1}});
    of_epoll.summary.baseline = 1;
    EXPECT_NE(brief(of_epoll).find("\nminimal is not ranked, because "), std::string::npos) << brief(of_epoll);
}

TEST(TheBrief, MarksTheServersThatAreOnAsio) {
    Point point = point_of({{"callbacks", 0.9}, {"epoll", 0.9}, {"asio/blocking", 0.9}}, {"epoll", "asio/blocking"});
    point.rows[1].spec.program = point.rows[3].spec.program = "asio";
    const Answer found = cheapest_of(point);
    EXPECT_EQ(found.answer, "callbacks (Asio) or epoll or asio/blocking");
    EXPECT_TRUE(found.why.at(0).text.starts_with("callbacks (Asio) takes ")) << found.why.at(0).text;
}

TEST(TheBriefAsText, HasNoPointIfItIsTheOnlyOne) {
    Point point = point_of({{"epoll", 0.9}});
    point.label.clear();
    point.summary.costs = {asio_cost(1.01, Interval{0.98, 1.04}, Verdict::not_told_apart)};
    EXPECT_EQ(brief_text({.experiments = {scenario("comparison", {point})}}),
              "In brief:\n"
              "CPU cost of epoll relative to minimal: 0.90 ×; epoll takes 0.90 × [1.00–1.00] the CPU time of minimal.\n"
              "CPU cost of Asio relative to raw epoll: Not told apart (±3 %). callbacks, the cheapest Asio server, "
              "takes 1.01 × [0.98–1.04] the CPU time of epoll: not told apart (±3 %).\n"
              "Verdict: epoll and minimal (64 connections): too few measurements to tell. Measure on.\n");
}

// The narrower of two intervals is not within 2 % of 1, so the answer is about that one.
TEST(TheBriefAsText, CallsCostsTheSameOnlyIfEachOneIs) {
    const auto brief = [](const Interval& one, const Interval& other) {
        Point few = with_connections(10, point_of({{"epoll", 0.9}}));
        Point many = with_connections(1000, point_of({{"epoll", 0.9}}));
        few.summary.costs = {asio_cost(1, one, Verdict::not_told_apart)};
        many.summary.costs = {asio_cost(1, other, Verdict::not_told_apart)};
        return brief_text({.experiments = {scenario("throughput", {few, many})}});
    };
    const std::string same = brief({0.99, 1.01}, {0.985, 1.015});
    EXPECT_NE(same.find("Asio relative to raw epoll: The same within 2 %."), std::string::npos) << same;
    const std::string one_is_not = brief({0.981, 1.019}, {0.999, 1.021});
    EXPECT_NE(one_is_not.find("Asio relative to raw epoll: Not told apart (±1.1 %)."), std::string::npos) << one_is_not;
}

TEST(TheBriefAsText, IsEmptyIfNothingWasMeasured) {
    EXPECT_EQ(brief_text({}), "");
    EXPECT_EQ(brief_markdown({}), "");
}

TEST(TheMarkdown, OpensWithTheBriefAsAList) {
    const Results results{.experiments = {scenario("throughput", {point_of({{"epoll", 0.9}, {"poll", 1}})})}};
    const std::string text = markdown_text(results);
    EXPECT_TRUE(text.starts_with("In brief:\n\n- Cheapest: epoll; 64 busy connections: epoll takes ")) << text;
    EXPECT_NE(text.find(".\n\n## throughput\n"), std::string::npos) << text;
}

TEST(ACrossover, CountsThePointsAtWhichAServerIsTheCheapest) {
    const Point of_epoll = point_of({{"epoll", 0.9}, {"poll", 0.95}});
    const Point of_either = point_of({{"epoll", 0.9}, {"poll", 0.95}}, {"poll"});
    const Point of_poll = point_of({{"poll", 0.9}, {"epoll", 0.95}});
    const Crossover found = crossover_of(scenario("active", {of_poll, of_epoll, of_either, point_of({})}));
    EXPECT_EQ(found.text,
              "Lowest CPU time per message: epoll in 2 of 4 cells (told apart from all others in 1); poll in 1 of 4 "
              "cells (told apart from all others in 1).");
    ASSERT_EQ(found.winners.size(), 2u);
    EXPECT_EQ(found.winners[0].server, "epoll");
    EXPECT_EQ(found.winners[0].points, 2u);
    EXPECT_EQ(found.winners[0].told_apart, 1u);
    EXPECT_EQ(found.winners[1].server, "poll");
}

TEST(ACrossover, ComparesNothingIfOnlyOneServerIsRanked) {
    const Crossover found = crossover_of(scenario("active", {point_of({{"epoll", 0.9}}), point_of({{"epoll", 0.9}})}));
    EXPECT_EQ(found.text, "Only one server is ranked, so there is nothing to compare.");
}

TEST(ACrossover, HasNoWinnersIfNothingWasMeasured) {
    const Crossover found = crossover_of(scenario("active", {point_of({})}));
    EXPECT_EQ(found.text, "No data: no server was measured.");
    EXPECT_TRUE(found.winners.empty());
}

}  // namespace
}  // namespace iomux::compare
