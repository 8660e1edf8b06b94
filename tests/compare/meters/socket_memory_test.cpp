#include "compare/meters/socket_memory.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "posix/endpoint.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view slabinfo =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ...\n"
    "TCPv6                 26     26   2496   13    8 : tunables    0    0    0 : slabdata      2      2      0\n"
    "TCP                  182    182   2368   13    8 : tunables    0    0    0 : slabdata     14     14      0\n"
    "filp                 714    714    192   21    1 : tunables    0    0    0 : slabdata     34     34      0\n"
    "empty                  0      0      8    0    1 : tunables    0    0    0 : slabdata      0      0      0\n";

TEST(ObjectsOfACache, IncludeTheirShareOfItsPages) {
    EXPECT_EQ(parse_object_bytes(slabinfo, "TCP"), 8 * 4096u / 13);
    EXPECT_EQ(parse_object_bytes(slabinfo, "filp"), 4096u / 21);
}

TEST(ObjectsOfACache, AreUnknownIfItIsNotListedOrHasNoNumbers) {
    EXPECT_EQ(parse_object_bytes(slabinfo, "dentry"), std::nullopt);
    EXPECT_EQ(parse_object_bytes(slabinfo, "empty"), std::nullopt);
    EXPECT_EQ(parse_object_bytes("TCP 1 2", "TCP"), std::nullopt);
    EXPECT_EQ(parse_object_bytes("", "TCP"), std::nullopt);
}

TEST(TheObjectsOfASocket, AreSomeKibibytesOrNotReadable) {
    try {
        const std::size_t bytes = socket_object_bytes(AF_INET);
        EXPECT_GE(socket_object_bytes(AF_INET6), bytes);
        EXPECT_GT(bytes, 1024u);
        EXPECT_LT(bytes, 16 * 1024u);
    } catch (const std::runtime_error& why) {
        EXPECT_TRUE(std::string_view(why.what()).starts_with("cannot read /proc/slabinfo") ||
                    std::string_view(why.what()).starts_with("/proc/slabinfo has no cache named"))
            << why.what();
    }
}

// Connections, with both ends of each.
class Connections : public testing::Test {
protected:
    void SetUp() override {
        try {
            socket_buffers(AF_INET, port());
        } catch (const std::system_error& why) {
            GTEST_SKIP() << why.what();
        }
        for (int i = 0; i < 3; ++i) {
            clients_.push_back(posix::connect_to(posix::Endpoint::local(listener_.get()), posix::Blocking::yes));
            accepted_.emplace_back(posix::check(::accept(listener_.get(), nullptr, nullptr), "accept"));
        }
    }
    std::uint16_t port() const { return posix::Endpoint::local(listener_.get()).port(); }

    posix::UniqueFd listener_ = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 8);
    std::vector<posix::UniqueFd> clients_;
    std::vector<posix::UniqueFd> accepted_;
};

TEST_F(Connections, AreCountedOnlyAtTheEndOfThePort) {
    EXPECT_EQ(socket_buffers(AF_INET, port()).sockets, 3u);
    EXPECT_EQ(socket_buffers(AF_INET, posix::Endpoint::local(clients_[0].get()).port()).sockets, 1u);
}

TEST_F(Connections, ThatWereNeverUsedHaveEmptyBuffers) { EXPECT_EQ(socket_buffers(AF_INET, port()).bytes, 0u); }

TEST_F(Connections, HaveUnreadDataInTheirBuffers) {
    std::vector<char> bytes(10'000);
    ASSERT_EQ(::send(clients_[0].get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    // Wait until the data have arrived.
    ASSERT_EQ(::recv(accepted_[0].get(), bytes.data(), bytes.size(), MSG_PEEK | MSG_WAITALL),
              static_cast<ssize_t>(bytes.size()));
    EXPECT_GE(socket_buffers(AF_INET, port()).bytes, bytes.size());
}

TEST_F(Connections, OverIPv4AreIPv6SocketsIfTheServerListensOnIPv6) {
    const posix::UniqueFd listener = [] {
        try {
            return posix::listen_on(posix::Endpoint::internet("::", 0), 1);
        } catch (const std::system_error&) {
            return posix::UniqueFd();
        }
    }();
    if (listener.get() < 0) GTEST_SKIP() << "no IPv6 here";
    const std::uint16_t port = posix::Endpoint::local(listener.get()).port();
    const posix::UniqueFd client =
        posix::connect_to(posix::Endpoint::internet("127.0.0.1", port), posix::Blocking::yes);
    EXPECT_EQ(socket_buffers(AF_INET, port).sockets, 0u);
    EXPECT_EQ(socket_buffers(AF_INET6, port).sockets, 1u);
}

}  // namespace
}  // namespace iomux::compare
