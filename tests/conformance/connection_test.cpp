// A connection without a server: for cases that a test cannot bring about in a server at will.
#include <poll.h>
#include <sys/socket.h>

#include "posix/socket.hpp"
#include "server/connection.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::Cause;

TEST(DrainingConnection, CountsAResetThatNoCallHasReturnedYet) {
    const server::Settings settings = settings_for({});
    const server::Log log(settings.log_level);
    server::Counters counters;
    server::LoopContext loop(settings, log, counters);
    server::Acceptor acceptor(posix::listen_on(loopback(), 1), std::make_shared<server::ConnectionLimit>(1), settings,
                              log, counters);
    Client client(posix::Endpoint::local(acceptor.fd()));
    {
        posix::Endpoint peer;
        const int fd = ::accept4(acceptor.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
        server::Connection connection(*acceptor.accepted(fd, peer), loop);
        client.reset();
        pollfd polled{connection.fd(), POLLIN, 0};
        ASSERT_EQ(::poll(&polled, 1, -1), 1);

        connection.drain();
        EXPECT_TRUE(connection.finished());
    }
    EXPECT_EQ(counters.closed_by(Cause::reset), 1u);
}

}  // namespace
}  // namespace iomux::conformance
