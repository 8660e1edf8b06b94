#include "compare/mechanisms/monitor.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/select.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "compare/process/wait.hpp"
#include "compare/report/monitor_text.hpp"
#include "compare/results/monitor_json.hpp"
#include "mechanism_name.hpp"
#include "posix/event_fd.hpp"

namespace iomux::compare {
namespace {

MonitorFigure figure(std::string mechanism, double median) {
    return {std::move(mechanism), median, Interval{median - 0.5, median + 0.5}, ""};
}

MonitorFigure missing(std::string mechanism, std::string why) {
    return {std::move(mechanism), std::nullopt, std::nullopt, std::move(why)};
}

// The costs of select and poll grow with the number of descriptors, and the cost of epoll does not.
MonitorResult example() {
    return {.points = {{10, {figure("select", 1), figure("poll", 1), figure("epoll", 2)}},
                       {100, {figure("select", 10), figure("poll", 10), figure("epoll", 2)}},
                       {1000, {missing("select", "its set is too small"), figure("poll", 100), figure("epoll", 3)}}},
            .active = {{100, 0.1, {figure("poll", 40), figure("epoll", 20)}},
                       {100, 0.3, {figure("poll", 15), figure("epoll", 20)}},
                       {100, 1, {figure("poll", 5), figure("epoll", 20)}}}};
}

class EveryMechanism : public testing::TestWithParam<Mechanism> {
protected:
    void SetUp() override {
        if (const auto obstacle = GetParam().obstacle(numbers)) GTEST_SKIP() << *obstacle;
    }

    static std::vector<int> sorted(std::span<const int> found) {
        std::vector<int> copy(found.begin(), found.end());
        std::ranges::sort(copy);
        return copy;
    }

    std::array<posix::EventFd, 3> events;
    std::vector<int> numbers{events[0].fd(), events[1].fd(), events[2].fd()};
};

INSTANTIATE_TEST_SUITE_P(Mechanisms, EveryMechanism, testing::ValuesIn(monitor_mechanisms()), mechanism_name);

TEST_P(EveryMechanism, ReportsWhatHasBecomeReadyAndNothingElse) {
    const auto monitor = GetParam().watch(numbers);
    for (const std::size_t ready : {1, 0, 2, 2}) {
        events[ready].notify();
        EXPECT_EQ(sorted(monitor->wait()), std::vector{numbers[ready]});
        events[ready].clear();
    }
}

TEST_P(EveryMechanism, ReportsAllThatIsReadyInOneWait) {
    const auto monitor = GetParam().watch(numbers);
    for (const posix::EventFd& event : events) event.notify();
    EXPECT_EQ(sorted(monitor->wait()), sorted(numbers));
}

TEST_P(EveryMechanism, ReportsAgainWhatStaysReadyIfItIsLevelTriggered) {
    const auto monitor = GetParam().watch(numbers);
    events[0].notify();
    monitor->wait();
    events[1].notify();
    const std::vector<int> both = sorted(std::vector{numbers[0], numbers[1]});
    EXPECT_EQ(sorted(monitor->wait()), GetParam().reports_again ? both : std::vector{numbers[1]});
}

TEST_P(EveryMechanism, LeavesTheDescriptorsToTheNextOne) {
    GetParam().watch(numbers);
    const auto monitor = GetParam().watch(numbers);
    events[2].notify();
    EXPECT_EQ(sorted(monitor->wait()), std::vector{numbers[2]});
}

TEST(SelectMechanism, CannotWatchADescriptorBeyondItsSet) {
    const Mechanism& select = monitor_mechanisms().front();
    ASSERT_EQ(select.name, "select");
    EXPECT_FALSE(select.obstacle(std::array{3, FD_SETSIZE - 1}));
    EXPECT_EQ(select.obstacle(std::array{3, FD_SETSIZE}),
              "descriptor 1024 does not fit into the C library's fd_set, which ends at 1023");
}

MonitorPlan short_plan() {
    return {.descriptors = {2, 10},
            .shares = {0.1, 1},
            .shared_descriptors = 10,
            .rounds = 6,
            .turn = std::chrono::microseconds(50)};
}

TEST(Monitor, MeasuresEachMechanismThatRunsHereAtEachNumberOfDescriptors) {
    std::size_t rounds = 0;
    const auto [result, interrupted] =
        measure_monitor(short_plan(), [&](std::size_t round) { EXPECT_EQ(round, ++rounds); });
    EXPECT_EQ(rounds, 6u);
    EXPECT_FALSE(interrupted);
    ASSERT_EQ(result.points.size(), 2u);
    ASSERT_EQ(result.active.size(), 2u);
    for (const MonitorPoint& point : result.points) {
        EXPECT_EQ(point.mechanisms.size(), monitor_mechanisms().size());
        for (const MonitorFigure& figure : point.mechanisms) {
            if (!figure.not_measured.empty()) continue;
            EXPECT_GT(figure.median.value(), 0) << figure.mechanism;
            EXPECT_TRUE(figure.interval.value().contains(*figure.median)) << figure.mechanism;
        }
    }
    for (const char* level_triggered : {"select", "poll", "epoll"})
        EXPECT_GT(median_of(result.active[0].mechanisms, level_triggered).value(), 0);
    EXPECT_FALSE(median_of(result.active[0].mechanisms, "epoll-et"));
}

TEST(Monitor, ReportsWhatTheLimitOnDescriptorsForbids) {
    const auto measured_within = [](rlim_t limit) {
        const rlimit lowered{limit, limit};
        MonitorPlan plan = short_plan();
        plan.descriptors.push_back(5000);
        if (::setrlimit(RLIMIT_NOFILE, &lowered) < 0) return false;
        const MonitorResult result = measure_monitor(plan, [](std::size_t) {}).result;
        return median_of(result.points[1].mechanisms, "poll") && !median_of(result.points[2].mechanisms, "poll") &&
               result.points[2].mechanisms[1].not_measured ==
                   "needs 5,000 descriptors, but the limit is 300 (ulimit -n)";
    };
    // In a child process, because the limit cannot be raised again.
    EXPECT_EXIT(std::exit(measured_within(300) ? 0 : 1), testing::ExitedWithCode(0), "");
}

TEST(Monitor, KeepsTheCompleteRoundsWhenAStopIsRequested) {
    const auto figures_stopped_in = [](std::size_t stopped_in) {
        std::size_t last = 0;
        const auto [result, interrupted] = measure_monitor(short_plan(), [&](std::size_t round) {
            last = round;
            if (round == stopped_in) request_stop();
        });
        return interrupted && last == stopped_in && has_figures(result);
    };
    // A stop request is permanent, and a forked child without exec would share it with this process.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(std::exit(figures_stopped_in(3) ? 0 : 1), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(std::exit(figures_stopped_in(1) ? 1 : 0), testing::ExitedWithCode(0), "");
}

TEST(MonitorGrowth, IsFromTheFewestToTheMostDescriptorsWithAFigure) {
    EXPECT_EQ(growth_of(example(), "poll").value().factor, 100);
    EXPECT_EQ(growth_of(example(), "epoll").value().factor, 1.5);
    const Growth select = growth_of(example(), "select").value();
    EXPECT_EQ(select.factor, 10);
    EXPECT_EQ(select.to, 100u);
}

TEST(MonitorGrowth, OfOnePointOrAnUnknownMechanismIsNothing) {
    MonitorResult result = example();
    result.points.resize(1);
    EXPECT_FALSE(growth_of(result, "select"));
    EXPECT_FALSE(growth_of(result, "telepathy"));
    EXPECT_FALSE(growth_of({}, "poll"));
}

TEST(MonitorSlopes, AreTheCostOfAnAdditionalDescriptorBetweenNeighbours) {
    const std::vector<Slope> poll = slopes_of(example(), "poll");
    ASSERT_EQ(poll.size(), 2u);
    EXPECT_EQ(poll[0].from, 10u);
    EXPECT_EQ(poll[1].to, 1000u);
    EXPECT_NEAR(poll[0].us_per_descriptor, 0.1, 1e-12);
    EXPECT_NEAR(poll[1].us_per_descriptor, 0.1, 1e-12);
    EXPECT_EQ(slopes_of(example(), "select").size(), 1u);
    EXPECT_NEAR(slopes_of(example(), "epoll")[0].us_per_descriptor, 0, 1e-12);
}

TEST(ActiveShare, IsTheSmallestFromWhichOneIsCheaper) {
    EXPECT_EQ(share_where_cheaper(example(), "poll", "epoll"), 0.3);
    EXPECT_EQ(share_where_cheaper(example(), "epoll", "poll"), std::nullopt);
    EXPECT_EQ(share_where_cheaper(example(), "poll", "telepathy"), std::nullopt);
}

TEST(ActiveShare, IsNotBelowAShareAtWhichItIsMoreExpensive) {
    MonitorResult result = example();
    result.active[0].mechanisms[0] = figure("poll", 19);
    result.active[1].mechanisms[0] = figure("poll", 21);
    EXPECT_EQ(share_where_cheaper(result, "poll", "epoll"), 1);
}

TEST(MonitorReport, IsJsonWithEveryFigureOrTheReasonForItsAbsence) {
    const boost::json::object report = json_of(example());
    EXPECT_EQ(report.at("unit"), "µs an operation");
    const boost::json::object last = report.at("points").at(2).as_object();
    EXPECT_EQ(last.at("descriptors"), 1000);
    EXPECT_EQ(last.at("mechanisms").at(0),
              (boost::json::object{{"name", "select"}, {"not_measured", "its set is too small"}}));
    EXPECT_EQ(last.at("mechanisms").at(1),
              (boost::json::object{{"name", "poll"}, {"us", 100.0}, {"low", 99.5}, {"high", 100.5}}));
    const boost::json::object active = report.at("active").at(1).as_object();
    EXPECT_EQ(active.at("share"), 0.3);
    EXPECT_EQ(active.at("mechanisms").at(0).at("ns_per_event"), 15.0);
}

TEST(MonitorReport, HasNoBoundsIfThereWereTooFewRounds) {
    MonitorResult result = example();
    result.points[0].mechanisms[0].interval.reset();
    EXPECT_TRUE(json_of(result).at("points").at(0).at("mechanisms").at(0).at("low").is_null());
}

TEST(MonitorReport, IsATableWithASentenceOnItsShape) {
    EXPECT_EQ(text_of(example(), {}),
              "CPU µs per operation (make one descriptor ready, wait, read), by number of descriptors\n"
              "mechanism                10                 100                  1,000\n"
              "select     1.00 [0.50–1.50]  10.00 [9.50–10.50]                      -\n"
              "poll       1.00 [0.50–1.50]  10.00 [9.50–10.50]  100.00 [99.50–100.50]\n"
              "epoll      2.00 [1.50–2.50]    2.00 [1.50–2.50]       3.00 [2.50–3.50]\n"
              "From 10 to 100 descriptors, the cost per operation of select grows 10-fold.\n"
              "From 10 to 1,000 descriptors, the cost per operation of poll grows 100-fold.\n"
              "From 10 to 1,000 descriptors, the cost per operation of epoll grows 1.50-fold.\n"
              "Not measured: select with 1,000 descriptors: its set is too small.\n"
              "\n"
              "CPU ns of a wait per reported event, by share of 100 descriptors that stay ready\n"
              "mechanism              10 %              30 %             100 %\n"
              "poll       40.0 [39.5–40.5]  15.0 [14.5–15.5]     5.0 [4.5–5.5]\n"
              "epoll      20.0 [19.5–20.5]  20.0 [19.5–20.5]  20.0 [19.5–20.5]\n"
              "If 30 % or more are ready, poll costs less per event than epoll.\n");
}

TEST(MonitorReport, SaysWhyAMechanismHasNoShare) {
    MonitorResult result = example();
    for (MonitorPoint& point : result.points) {
        point.mechanisms.push_back(figure("epoll-et", 2));
        point.mechanisms.push_back(figure("io_uring", 2));
    }
    EXPECT_TRUE(text_of(result, {})
                    .ends_with("than epoll.\nNot measured: epoll-et and io_uring, for which nothing stays "
                               "ready, because they report each change once.\n"))
        << text_of(result, {});
}

}  // namespace
}  // namespace iomux::compare
