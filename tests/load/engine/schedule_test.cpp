#include "load/engine/schedule.hpp"

#include <gtest/gtest.h>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

const Schedule::Time begin{1h};

// The first request is due after a millisecond.
Schedule every_millisecond() { return Schedule({.rate = 1000, .spacing = Spacing::fixed}, begin); }

TEST(Schedule, SendsNothingLongBeforeItIsDue) {
    const Schedule schedule = every_millisecond();
    EXPECT_EQ(schedule.due(), begin + 1ms);
    EXPECT_FALSE(schedule.is_due(begin + 1ms - 2 * Schedule::gathered));
    EXPECT_TRUE(schedule.is_due(begin + 1ms));
}

TEST(Schedule, SendsRequestsThatAreDueSoonTogether) {
    EXPECT_TRUE(every_millisecond().is_due(begin + 1ms - Schedule::gathered));
}

TEST(Schedule, CountsALatencyFromTheDueTime) {
    Punctuality counted;
    EXPECT_EQ(every_millisecond().send(begin + 7ms, counted), begin + 1ms);
}

TEST(Schedule, CountsTheLatencyOfAnEarlyRequestFromItsSending) {
    Punctuality counted;
    EXPECT_EQ(every_millisecond().send(begin + 980us, counted), begin + 980us);
}

TEST(Schedule, SaysHowLateRequestsAre) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.send(begin + 1ms, counted);
    schedule.send(begin + 3ms, counted);  // late, but not by more than the limit
    schedule.send(begin + 9ms, counted);
    EXPECT_EQ(counted.sent, 3u);
    EXPECT_EQ(counted.late, 1u);
    EXPECT_EQ(counted.lateness.count(), 3u);
    EXPECT_EQ(counted.lateness.max(), 6ms);
}

TEST(Schedule, CountsRequestsThatAreDueButNotSent) {
    Schedule schedule = every_millisecond();
    EXPECT_EQ(schedule.overdue(begin + 5ms), 5u);
    Punctuality counted;
    schedule.send(begin + 5ms, counted);
    EXPECT_EQ(schedule.overdue(begin + 5ms), 4u);
    EXPECT_EQ(schedule.due(), begin + 2ms);
}

TEST(Schedule, CountsWhatWasDueBeforeTheWindowApart) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.begin_window(begin + 3ms, counted);
    EXPECT_EQ(counted.backlog, 3u);
    for (int request = 0; request < 2; ++request) schedule.send(begin + 9ms, counted);
    schedule.end_window(begin + 9ms, counted);
    EXPECT_EQ(counted.backlog_sent, 2u);
    EXPECT_EQ(counted.sent, 0u);
    EXPECT_EQ(counted.late, 0u);
    EXPECT_EQ(counted.lateness.count(), 0u);
    EXPECT_EQ(counted.unsent, 6u);
    EXPECT_EQ(counted.due, 6u);
}

TEST(Schedule, SendsWhatWasDueBeforeTheWindowFirst) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.begin_window(begin + 1ms, counted);
    for (int request = 0; request < 3; ++request) schedule.send(begin + 9ms, counted);
    schedule.end_window(begin + 5ms, counted);
    EXPECT_EQ(counted.backlog_sent, 1u);
    EXPECT_EQ(counted.sent, 2u);
    EXPECT_EQ(counted.late, 2u);
    EXPECT_EQ(counted.unsent, 2u);
    EXPECT_EQ(counted.due, 4u);
}

TEST(Schedule, CountsWhatASliceThatWasStoppedDidNotSend) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.send(begin + 1ms, counted);
    schedule.pause(begin + 3ms);
    schedule.end_slice(counted);
    EXPECT_EQ(counted.sent, 1u);
    EXPECT_EQ(counted.unsent, 2u);
    EXPECT_EQ(counted.due, 3u);
}

TEST(Schedule, AfterTheWindowSendsOnlyWhatWasDueInIt) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.end_window(begin + 2ms, counted);
    EXPECT_EQ(counted.unsent, 2u);
    for (int request = 0; request < 2; ++request) {
        EXPECT_FALSE(schedule.is_done());
        EXPECT_TRUE(schedule.is_due(begin + 9ms));
        schedule.send(begin + 9ms, counted);
    }
    EXPECT_TRUE(schedule.is_done());
    EXPECT_FALSE(schedule.is_due(begin + 9ms));
    EXPECT_EQ(schedule.due(), Schedule::Time::max());
}

TEST(Schedule, SendsNothingMoreWhileItIsPaused) {
    Schedule schedule = every_millisecond();
    schedule.pause(begin + 1500us);
    Punctuality counted;
    EXPECT_FALSE(schedule.is_done());
    schedule.send(begin + 2ms, counted);
    EXPECT_TRUE(schedule.is_done());
    EXPECT_FALSE(schedule.is_due(begin + 9ms));
}

TEST(Schedule, ContinuesAfterAPauseAsIfNoTimeHadPassed) {
    Schedule schedule = every_millisecond();
    Punctuality counted;
    schedule.send(begin + 1ms, counted);
    schedule.pause(begin + 1500us);
    schedule.resume(begin + 1h);
    for (const auto due : {500us, 1500us}) {
        EXPECT_EQ(schedule.due(), begin + 1h + due);
        schedule.send(begin + 1h + due, counted);
    }
}

TEST(Schedule, AddsWhatBecameKnownAfterTheWindow) {
    Schedule schedule = every_millisecond();
    Window counted;
    for (int request = 0; request < 3; ++request) schedule.send(begin + 3ms, counted.punctuality);
    counted.latency.record(100us);
    schedule.end_window(begin + 4ms, counted.punctuality);
    Window window = counted;
    // Of the two that were sent and not answered, one is answered later. The fourth was never sent.
    counted.latency.record(2ms);
    counted.latency.record(50ms);
    schedule.finish(begin + 60ms, 1, counted, window);
    EXPECT_EQ(window.punctuality.due, 4u);
    EXPECT_EQ(window.punctuality.unsent, 1u);
    EXPECT_EQ(window.punctuality.answered_later, 1u);
    EXPECT_EQ(window.punctuality.unanswered, 2u);
    EXPECT_EQ(window.latency.count(), 4u);
    EXPECT_EQ(window.latency.max(), 56ms);
    EXPECT_EQ(window.punctuality.lateness.count(), 4u);
    EXPECT_EQ(window.punctuality.sent, 3u);
}

}  // namespace
}  // namespace iomux::load
