// Who is late, and who is not though the server has not noticed.
#include "server/timeout_lists.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "client.hpp"
#include "posix/transfer.hpp"

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

class DeadlinesOfASocket : public testing::Test {
protected:
    DeadlinesOfASocket() {
        std::array<int, 2> fds;
        posix::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), "socketpair");
        server_.reset(fds[0]);
        client_.reset(fds[1]);
    }

    // Looks until the next deadline has gone by, and a little longer than the clock's ticks.
    static TimeoutEntry* look(server::TimeoutLists& deadlines) {
        const posix::Clock::time_point first = posix::Clock::now();
        TimeoutEntry* late = nullptr;
        const auto over = [&] {
            late = deadlines.expired();
            return late != nullptr || posix::Clock::now() - first > milliseconds(50);
        };
        wait_until(over, "a deadline");
        return late;
    }

    posix::UniqueFd server_;
    posix::UniqueFd client_;
};

TEST_F(DeadlinesOfASocket, AreNoneWhereNothingHasALimit) {
    server::TimeoutLists deadlines(limits_with({}, {}, {}));
    EXPECT_FALSE(deadlines.in_use());
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::idle);
    EXPECT_FALSE(deadlines.next().has_value());
}

TEST_F(DeadlinesOfASocket, AreOfThoseWhoHaveSaidNothing) {
    server::TimeoutLists deadlines(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::idle);
    EXPECT_EQ(look(deadlines), &member);
    EXPECT_TRUE(member.expired());
}

TEST_F(DeadlinesOfASocket, AreNotOfThoseWhoseBytesWereNotReadYet) {
    server::TimeoutLists deadlines(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::idle);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(look(deadlines), nullptr);
}

// Else who sends a byte a moment before each would be given all of the time again, and again.
TEST_F(DeadlinesOfASocket, AreOfThoseWhoseUnreadBytesDidNotEndTheirMessage) {
    server::TimeoutLists deadlines(limits_with(std::chrono::hours(1), milliseconds(1), {}));
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::message);
    deadlines.received_part(member);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(look(deadlines), nullptr);
    deadlines.received_part(member);
    EXPECT_EQ(deadlines.expired(), &member);
}

TEST_F(DeadlinesOfASocket, AreOfThoseWhoTakeNothing) {
    server::TimeoutLists deadlines(limits_with({}, {}, milliseconds(1)));
    TimeoutEntry member(server_.get());
    posix::send(server_.get(), std::as_bytes(std::span("hi")));
    deadlines.begin(member, WaitReason::writable);
    EXPECT_EQ(look(deadlines), &member);
}

TEST_F(DeadlinesOfASocket, AreNotOfThoseWhoTakeWhatTheKernelHolds) {
    server::TimeoutLists deadlines(limits_with({}, {}, milliseconds(20)));
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::writable);
    std::array<std::byte, 3> taken;
    for (int i = 0; i < 10; ++i) posix::send(server_.get(), std::as_bytes(std::span("hi")));
    while (posix::receive(client_.get(), taken).size > 0) {
        EXPECT_EQ(deadlines.expired(), nullptr);
        ::poll(nullptr, 0, 6);
    }
}

TEST_F(DeadlinesOfASocket, ComeInTheOrderOfTheirTimes) {
    server::TimeoutLists deadlines(limits_with(std::chrono::hours(1), milliseconds(1), {}));
    std::array members{TimeoutEntry(server_.get()), TimeoutEntry(server_.get())};
    deadlines.begin(members[0], WaitReason::idle);
    deadlines.begin(members[1], WaitReason::message);
    EXPECT_EQ(look(deadlines), &members[1]);
    EXPECT_EQ(look(deadlines), nullptr);
    EXPECT_GT(deadlines.next(), posix::Clock::now());
}

TEST_F(DeadlinesOfASocket, AreToldOfWhereOneIsSooner) {
    server::TimeoutLists deadlines(limits_with(std::chrono::hours(2), std::chrono::hours(1), {}));
    int told = 0;
    deadlines.call_when_sooner([&] { ++told; });
    std::array members{TimeoutEntry(server_.get()), TimeoutEntry(server_.get()), TimeoutEntry(server_.get())};
    deadlines.begin(members[0], WaitReason::idle);
    EXPECT_EQ(told, 1);
    deadlines.begin(members[1], WaitReason::idle);
    EXPECT_EQ(told, 1);
    deadlines.begin(members[2], WaitReason::message);
    EXPECT_EQ(told, 2);
}

TEST_F(DeadlinesOfASocket, AreNotOfThoseWhoHaveBegunToWaitForSomethingElse) {
    server::TimeoutLists deadlines(limits_with(milliseconds(1), {}, {}));
    TimeoutEntry member(server_.get());
    deadlines.begin(member, WaitReason::idle);
    deadlines.begin(member, WaitReason::end_of_file);
    EXPECT_EQ(look(deadlines), nullptr);
}

}  // namespace
}  // namespace iomux::conformance
