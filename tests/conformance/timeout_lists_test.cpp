// Which entries expire, and when.
#include "server/timeout_lists.hpp"

#include <gtest/gtest.h>

#include <array>

#include "client.hpp"

namespace iomux::conformance {
namespace {

using server::TimeoutEntry;
using server::TimeoutLists;
using server::WaitReason;
using std::chrono::hours;
using std::chrono::milliseconds;

bool acted(TimeoutEntry&) { return true; }
bool not_acted(TimeoutEntry&) { return false; }

// Waits for an entry to expire, for a little longer than the shortest timeout and the clock's tick. Null if none does.
TimeoutEntry* expired_soon(TimeoutLists& timeouts, bool (*has_acted)(TimeoutEntry&) = not_acted) {
    const posix::Clock::time_point first = posix::Clock::now();
    TimeoutEntry* expired = nullptr;
    const auto done = [&] {
        expired = timeouts.expired(has_acted, posix::Clock::now());
        return expired != nullptr || posix::Clock::now() - first > milliseconds(50);
    };
    wait_until(done, "an entry expires");
    return expired;
}

TEST(TimeoutListsTest, AreUnusedWithoutTimeouts) {
    TimeoutLists timeouts(server::Limits{});
    EXPECT_FALSE(timeouts.in_use());
    TimeoutEntry entry;
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_FALSE(timeouts.next().has_value());
}

TEST(TimeoutListsTest, ExpireAnEntryWhoseClientHasNotActed) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    TimeoutEntry entry;
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_EQ(expired_soon(timeouts), &entry);
    EXPECT_TRUE(entry.expired());
}

TEST(TimeoutListsTest, RenewAnEntryWhoseClientHasActed) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    TimeoutEntry entry;
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_FALSE(entry.renewed());
    EXPECT_EQ(expired_soon(timeouts, acted), nullptr);
    EXPECT_TRUE(entry.renewed());
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_FALSE(entry.renewed());
}

TEST(TimeoutListsTest, ExpireAnEntryAtOnceWhoseRenewalEnds) {
    TimeoutLists timeouts({.idle_timeout = hours(1), .message_timeout = milliseconds(1)});
    TimeoutEntry entry;
    timeouts.begin(entry, WaitReason::message);
    timeouts.end_renewal(entry);
    EXPECT_EQ(expired_soon(timeouts, acted), nullptr);
    timeouts.end_renewal(entry);
    EXPECT_EQ(timeouts.expired(acted, posix::Clock::now()), &entry);
}

TEST(TimeoutListsTest, KeepAnEntryThatWasNotDueAtTheTimeThatIsAskedAbout) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    TimeoutEntry entry;
    const posix::Clock::time_point before = posix::last_tick();
    timeouts.begin(entry, WaitReason::idle);
    wait_until([&] { return posix::Clock::now() > *timeouts.next(); }, "the entry is due");
    EXPECT_EQ(timeouts.expired(not_acted, before), nullptr);
    EXPECT_EQ(timeouts.expired(not_acted, posix::Clock::now()), &entry);
}

TEST(TimeoutListsTest, ExpireEntriesInTheOrderOfTheirDueTimes) {
    TimeoutLists timeouts({.idle_timeout = hours(1), .message_timeout = milliseconds(1)});
    std::array<TimeoutEntry, 2> entries;
    timeouts.begin(entries[0], WaitReason::idle);
    timeouts.begin(entries[1], WaitReason::message);
    EXPECT_EQ(expired_soon(timeouts), &entries[1]);
    EXPECT_EQ(expired_soon(timeouts), nullptr);
    EXPECT_GT(timeouts.next(), posix::Clock::now());
}

TEST(TimeoutListsTest, ReportASoonerDueTime) {
    TimeoutLists timeouts({.idle_timeout = hours(2), .message_timeout = hours(1)});
    int calls = 0;
    timeouts.call_when_sooner([&] { ++calls; });
    std::array<TimeoutEntry, 3> entries;
    timeouts.begin(entries[0], WaitReason::idle);
    EXPECT_EQ(calls, 1);
    timeouts.begin(entries[1], WaitReason::idle);
    EXPECT_EQ(calls, 1);
    timeouts.begin(entries[2], WaitReason::message);
    EXPECT_EQ(calls, 2);
}

TEST(TimeoutListsTest, DoNotExpireAnEntryThatNowWaitsForSomethingElse) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    TimeoutEntry entry;
    timeouts.begin(entry, WaitReason::idle);
    timeouts.begin(entry, WaitReason::end_of_file);
    EXPECT_EQ(expired_soon(timeouts), nullptr);
}

}  // namespace
}  // namespace iomux::conformance
