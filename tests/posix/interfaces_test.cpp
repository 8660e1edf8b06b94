#include "posix/interfaces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "posix/socket.hpp"

namespace iomux::posix {
namespace {

struct Listening {
    std::uint16_t port;
    std::vector<std::string> at;
};

Listening listen_on_any_port_of(const std::string& host) {
    const UniqueFd listener = listen_on(Endpoint::internet(host, 0), 1);
    Listening listening{.port = Endpoint::local(listener.get()).port(), .at = {}};
    for (const Endpoint& endpoint : reachable_at(listener.get())) listening.at.push_back(endpoint.text());
    return listening;
}

TEST(ASocketOnOneAddress, IsReachableThere) {
    const auto [port, at] = listen_on_any_port_of("127.0.0.1");
    EXPECT_EQ(at, std::vector{"127.0.0.1:" + std::to_string(port)});
}

TEST(ASocketOnAllAddresses, IsReachableAtThoseOfTheInterfaces) {
    const auto [port, at] = listen_on_any_port_of("0.0.0.0");
    const std::string loopback = "127.0.0.1:" + std::to_string(port);
    EXPECT_NE(std::ranges::find(at, loopback), at.end());
    EXPECT_EQ(std::ranges::count_if(at, [](const std::string& text) { return text.starts_with("0.0.0.0"); }), 0);
    const auto is_loopback = [](const std::string& text) { return text.starts_with("127."); };
    EXPECT_TRUE(std::ranges::is_partitioned(at, [&](const std::string& text) { return !is_loopback(text); }));
    for (const std::string& text : at) EXPECT_TRUE(text.ends_with(":" + std::to_string(port))) << text;
}

TEST(ASocketOnAMappedAddress, IsReachableAtTheIpv4Address) {
    try {
        const auto [port, at] = listen_on_any_port_of("::ffff:127.0.0.1");
        EXPECT_EQ(at, std::vector{"127.0.0.1:" + std::to_string(port)});
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
}

TEST(ASocketOnAllIpv6Addresses, IsReachableAtThoseOfIpv4Too) {
    try {
        listen_on_any_port_of("::1");
        const auto [port, at] = listen_on_any_port_of("::");
        EXPECT_NE(std::ranges::find(at, "[::1]:" + std::to_string(port)), at.end());
        EXPECT_NE(std::ranges::find(at, "127.0.0.1:" + std::to_string(port)), at.end());
        EXPECT_EQ(std::ranges::count_if(at, [](const std::string& text) { return text.starts_with("[fe80:"); }), 0);
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
}

}  // namespace
}  // namespace iomux::posix
