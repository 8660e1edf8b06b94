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

}  // namespace
}  // namespace iomux::load
