// The addresses on which a server can listen.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "posix/socket.hpp"
#include "temporary_directory.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using posix::Endpoint;

class EveryServerOnEachAddressFamily : public EveryServer {
protected:
    void serves_at(const Endpoint& where) const {
        const protocol::ProtocolConfig protocol;
        RunningServer server(*GetParam(), settings_for(protocol), where);
        Conversation conversation = server.converse();
        conversation.ask("hi");
        conversation.finish();
    }
};
IOMUX_FOR_EVERY_SERVER(EveryServerOnEachAddressFamily);

TEST_P(EveryServerOnEachAddressFamily, ServesOverIpv4) { serves_at(loopback()); }

TEST_P(EveryServerOnEachAddressFamily, ServesOverIpv6) {
    const Endpoint where = Endpoint::internet("::1", 0);
    try {
        posix::listen_on(where, 1);
    } catch (const std::system_error& absent) {
        GTEST_SKIP() << absent.what();
    }
    serves_at(where);
}

TEST_P(EveryServerOnEachAddressFamily, ServesOverAUnixSocket) {
    const TemporaryDirectory directory;
    serves_at(Endpoint::unix_path(directory.file("socket")));
}

TEST_P(EveryServerOnEachAddressFamily, SendsEveryByteToASlowReaderOverAUnixSocket) {
    const TemporaryDirectory directory;
    const protocol::ProtocolConfig protocol = amplifying();
    RunningServer server(*GetParam(), settings_for(protocol), Endpoint::unix_path(directory.file("socket")));
    Conversation conversation = server.converse();
    conversation.ask_times(2000, 0);
    conversation.send_all();
    conversation.finish();
}

TEST(Listener, ReplacesAUnixSocketThatNoProcessListensOn) {
    const TemporaryDirectory directory;
    const Endpoint where = Endpoint::unix_path(directory.file("socket"));
    posix::listen_on(where, 1).reset();
    ASSERT_TRUE(std::filesystem::exists(where.path()));
    const posix::UniqueFd second = posix::listen_on(where, 1);
    EXPECT_NO_THROW(Client{where});
}

TEST(Listener, DoesNotReplaceAUnixSocketThatAProcessListensOn) {
    const TemporaryDirectory directory;
    const Endpoint where = Endpoint::unix_path(directory.file("socket"));
    const posix::UniqueFd first = posix::listen_on(where, 1);
    EXPECT_THROW(posix::listen_on(where, 1), std::system_error);
    EXPECT_NO_THROW(Client{where});
}

TEST(Listener, DoesNotReplaceAFileThatIsNoSocket) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("precious");
    std::ofstream(path) << "data";
    EXPECT_THROW(posix::listen_on(Endpoint::unix_path(path), 1), std::system_error);
    EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(Listener, ReportsTheAddressInUse) {
    const posix::UniqueFd first = posix::listen_on(loopback(), 1);
    const Endpoint taken = Endpoint::local(first.get());
    try {
        posix::listen_on(taken, 1);
        FAIL() << "it listens there all the same";
    } catch (const std::system_error& refused) {
        EXPECT_EQ(refused.what(), "cannot listen on " + taken.text() + ": Address already in use");
    }
}

}  // namespace
}  // namespace iomux::conformance
