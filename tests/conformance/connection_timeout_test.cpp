// Which connections expire, and which do not because of activity that the server has not seen yet.
#include "server/connection_timeout.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "client.hpp"
#include "posix/io_result.hpp"

namespace iomux::conformance {
namespace {

using server::ConnectionTimeout;
using server::TimeoutLists;
using server::WaitReason;
using std::chrono::milliseconds;

class ConnectionTimeoutTest : public testing::Test {
protected:
    ConnectionTimeoutTest() {
        std::array<int, 2> fds;
        posix::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), "socketpair");
        server_.reset(fds[0]);
        client_.reset(fds[1]);
    }

    // Waits for a connection to expire, for a little longer than the shortest timeout and the clock's tick. Null if
    // none does.
    static ConnectionTimeout* expired_soon(TimeoutLists& timeouts) {
        const posix::Clock::time_point first = posix::Clock::now();
        ConnectionTimeout* expired = nullptr;
        const auto done = [&] {
            expired = ConnectionTimeout::next_expired(timeouts);
            return expired != nullptr || posix::Clock::now() - first > milliseconds(50);
        };
        wait_until(done, "a connection expires");
        return expired;
    }

    posix::UniqueFd server_;
    posix::UniqueFd client_;
};

TEST_F(ConnectionTimeoutTest, ExpiresAConnectionThatReceivesNothing) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    ConnectionTimeout connection(server_.get());
    timeouts.begin(connection, WaitReason::idle);
    EXPECT_EQ(expired_soon(timeouts), &connection);
}

TEST_F(ConnectionTimeoutTest, DoesNotExpireAConnectionWithUnreadBytes) {
    TimeoutLists timeouts({.idle_timeout = milliseconds(1)});
    ConnectionTimeout connection(server_.get());
    timeouts.begin(connection, WaitReason::idle);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(expired_soon(timeouts), nullptr);
}

// Otherwise a client that sends a byte just before each due time would get the whole timeout again and again.
TEST_F(ConnectionTimeoutTest, ExpiresAConnectionWhoseUnreadBytesDoNotEndTheMessage) {
    TimeoutLists timeouts({.idle_timeout = std::chrono::hours(1), .message_timeout = milliseconds(1)});
    ConnectionTimeout connection(server_.get());
    timeouts.begin(connection, WaitReason::message);
    timeouts.end_renewal(connection);
    posix::send(client_.get(), std::as_bytes(std::span("hi")));
    EXPECT_EQ(expired_soon(timeouts), nullptr);
    timeouts.end_renewal(connection);
    EXPECT_EQ(ConnectionTimeout::next_expired(timeouts), &connection);
}

TEST_F(ConnectionTimeoutTest, ExpiresAConnectionWhoseClientTakesNoReplies) {
    TimeoutLists timeouts({.write_timeout = milliseconds(1)});
    ConnectionTimeout connection(server_.get());
    posix::send(server_.get(), std::as_bytes(std::span("hi")));
    timeouts.begin(connection, WaitReason::writable);
    EXPECT_EQ(expired_soon(timeouts), &connection);
}

TEST_F(ConnectionTimeoutTest, DoesNotExpireAConnectionWhoseClientTakesRepliesFromTheKernel) {
    TimeoutLists timeouts({.write_timeout = milliseconds(20)});
    ConnectionTimeout connection(server_.get());
    timeouts.begin(connection, WaitReason::writable);
    std::array<std::byte, 3> taken;
    for (int i = 0; i < 10; ++i) posix::send(server_.get(), std::as_bytes(std::span("hi")));
    while (posix::receive(client_.get(), taken).size > 0) {
        EXPECT_EQ(ConnectionTimeout::next_expired(timeouts), nullptr);
        ::poll(nullptr, 0, 6);
    }
}

}  // namespace
}  // namespace iomux::conformance
