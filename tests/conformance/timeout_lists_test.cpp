// Which connections expire, and which do not because of activity that the server has not seen yet.
#include "server/timeout_lists.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "client.hpp"
#include "posix/io_result.hpp"

namespace iomux::conformance {
namespace {

using server::TimeoutEntry;
using server::WaitReason;
using std::chrono::milliseconds;

server::Limits limits_with(milliseconds idle, milliseconds message, milliseconds write) {
    server::Limits limits;
    limits.idle_timeout = idle;
    limits.message_timeout = message;
    limits.write_timeout = write;
    return limits;
}

class TimeoutListsOfSockets : public testing::Test {
protected:
    TimeoutListsOfSockets() {
        std::array<int, 2> fds;
        posix::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), "socketpair");
        server_.reset(fds[0]);
        client_.reset(fds[1]);
    }

    // Waits for an entry to expire, for a little longer than the shortest timeout and the clock's tick. Null if none
    // does.
    static TimeoutEntry* expired_soon(server::TimeoutLists& timeouts) {
        const posix::Clock::time_point first = posix::Clock::now();
        TimeoutEntry* expired = nullptr;
        const auto done = [&] {
            expired = timeouts.expired();
            return expired != nullptr || posix::Clock::now() - first > milliseconds(50);
        };
        wait_until(done, "an entry expires");
        return expired;
    }

    posix::UniqueFd server_;
    posix::UniqueFd client_;
};

TEST_F(TimeoutListsOfSockets, AreUnusedWithoutTimeouts) {
    server::TimeoutLists timeouts(limits_with({}, {}, {}));
    EXPECT_FALSE(timeouts.in_use());
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_FALSE(timeouts.next().has_value());
}

TEST_F(TimeoutListsOfSockets, ExpireAnEntryThatReceivesNothing) {
    server::TimeoutLists timeouts(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::idle);
    EXPECT_EQ(expired_soon(timeouts), &entry);
    EXPECT_TRUE(entry.expired());
}

TEST_F(TimeoutListsOfSockets, DoNotExpireAnEntryWithUnreadBytes) {
    server::TimeoutLists timeouts(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::idle);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(expired_soon(timeouts), nullptr);
}

// Otherwise a client that sends a byte just before each due time would get the whole timeout again and again.
TEST_F(TimeoutListsOfSockets, ExpireAnEntryWhoseUnreadBytesDoNotEndTheMessage) {
    server::TimeoutLists timeouts(limits_with(std::chrono::hours(1), milliseconds(1), {}));
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::message);
    timeouts.received_part(entry);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(expired_soon(timeouts), nullptr);
    timeouts.received_part(entry);
    EXPECT_EQ(timeouts.expired(), &entry);
}

TEST_F(TimeoutListsOfSockets, ExpireAnEntryWhoseClientTakesNoReplies) {
    server::TimeoutLists timeouts(limits_with({}, {}, milliseconds(1)));
    TimeoutEntry entry(server_.get());
    posix::send(server_.get(), std::as_bytes(std::span("hi")));
    timeouts.begin(entry, WaitReason::writable);
    EXPECT_EQ(expired_soon(timeouts), &entry);
}

TEST_F(TimeoutListsOfSockets, DoNotExpireAnEntryWhoseClientTakesRepliesFromTheKernel) {
    server::TimeoutLists timeouts(limits_with({}, {}, milliseconds(20)));
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::writable);
    std::array<std::byte, 3> taken;
    for (int i = 0; i < 10; ++i) posix::send(server_.get(), std::as_bytes(std::span("hi")));
    while (posix::receive(client_.get(), taken).size > 0) {
        EXPECT_EQ(timeouts.expired(), nullptr);
        ::poll(nullptr, 0, 6);
    }
}

TEST_F(TimeoutListsOfSockets, ExpireEntriesInTheOrderOfTheirDueTimes) {
    server::TimeoutLists timeouts(limits_with(std::chrono::hours(1), milliseconds(1), {}));
    std::array entries{TimeoutEntry(server_.get()), TimeoutEntry(server_.get())};
    timeouts.begin(entries[0], WaitReason::idle);
    timeouts.begin(entries[1], WaitReason::message);
    EXPECT_EQ(expired_soon(timeouts), &entries[1]);
    EXPECT_EQ(expired_soon(timeouts), nullptr);
    EXPECT_GT(timeouts.next(), posix::Clock::now());
}

TEST_F(TimeoutListsOfSockets, ReportASoonerDueTime) {
    server::TimeoutLists timeouts(limits_with(std::chrono::hours(2), std::chrono::hours(1), {}));
    int calls = 0;
    timeouts.call_when_sooner([&] { ++calls; });
    std::array entries{TimeoutEntry(server_.get()), TimeoutEntry(server_.get()), TimeoutEntry(server_.get())};
    timeouts.begin(entries[0], WaitReason::idle);
    EXPECT_EQ(calls, 1);
    timeouts.begin(entries[1], WaitReason::idle);
    EXPECT_EQ(calls, 1);
    timeouts.begin(entries[2], WaitReason::message);
    EXPECT_EQ(calls, 2);
}

TEST_F(TimeoutListsOfSockets, DoNotExpireAnEntryThatNowWaitsForSomethingElse) {
    server::TimeoutLists timeouts(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry entry(server_.get());
    timeouts.begin(entry, WaitReason::idle);
    timeouts.begin(entry, WaitReason::end_of_file);
    EXPECT_EQ(expired_soon(timeouts), nullptr);
}

}  // namespace
}  // namespace iomux::conformance
