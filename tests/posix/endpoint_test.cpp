#include "posix/endpoint.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace iomux::posix {
namespace {

constexpr std::uint16_t usual_port = 8080;

std::string refusal_of(const std::string& host) {
    try {
        return Endpoint::internet(host, usual_port).text();
    } catch (const std::runtime_error& refusal) {
        return refusal.what();
    }
}

TEST(AnEndpoint, HasItsAddressAsTextWithAndWithoutThePort) {
    EXPECT_EQ(Endpoint::internet("127.0.0.1", usual_port).host(), "127.0.0.1");
    EXPECT_EQ(Endpoint::internet("127.0.0.1", usual_port).text(), "127.0.0.1:8080");
    EXPECT_EQ(Endpoint::internet("::1", usual_port).host(), "::1");
    EXPECT_EQ(Endpoint::internet("::1", usual_port).text(), "[::1]:8080");
    EXPECT_EQ(Endpoint::unix_path("/run/socket").host(), "");
    EXPECT_EQ(Endpoint::unix_path("/run/socket").text(), "unix:/run/socket");
}

TEST(AnEndpoint, IsReadAsItIsPrinted) {
    for (const std::string host : {"127.0.0.1", "::1", "[::1]", "::", "[::]", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]",
                                   "fe80::1%lo", "[fe80::1%lo]", "2001:db8::7"}) {
        const Endpoint endpoint = Endpoint::internet(host, usual_port);
        const std::string text = endpoint.text();
        EXPECT_EQ(Endpoint::internet(endpoint.host(), usual_port).text(), text) << host;
        EXPECT_EQ(Endpoint::internet(text.substr(0, text.rfind(':')), usual_port).text(), text) << host;
    }
}

TEST(AnEndpoint, HasTheInterfaceOfALinkLocalAddress) {
    EXPECT_EQ(Endpoint::internet("fe80::1%lo", usual_port).text(), "[fe80::1%lo]:8080");
    EXPECT_EQ(Endpoint::internet("fe80::1%1", usual_port).text(), "[fe80::1%lo]:8080");
    EXPECT_EQ(Endpoint::internet("fe80::1%999999", usual_port).text(), "[fe80::1%999999]:8080");
    EXPECT_EQ(Endpoint::internet("fe80::1", usual_port).text(), "[fe80::1]:8080");
}

TEST(AnEndpoint, LacksItsInterfaceIfItIsLinkLocal) {
    EXPECT_TRUE(Endpoint::internet("fe80::1", usual_port).lacks_interface());
    for (const char* host : {"fe80::1%lo", "fe80::1%999999", "::1", "::ffff:169.254.0.1", "169.254.0.1", "ff02::1"})
        EXPECT_FALSE(Endpoint::internet(host, usual_port).lacks_interface()) << host;
}

TEST(AnEndpoint, IsMulticastIfItsAddressIsOfAGroup) {
    for (const char* host : {"224.0.0.1", "239.255.255.255", "ff02::1", "ff02::1%lo"})
        EXPECT_TRUE(Endpoint::internet(host, usual_port).is_multicast()) << host;
    for (const char* host : {"127.0.0.1", "0.0.0.0", "223.255.255.255", "240.0.0.1", "::1", "fe80::1"})
        EXPECT_FALSE(Endpoint::internet(host, usual_port).is_multicast()) << host;
    EXPECT_FALSE(Endpoint::unix_path("/run/socket").is_multicast());
}

TEST(AnEndpoint, HasAHost) {
    EXPECT_EQ(refusal_of(""), "cannot resolve \"\": the address is empty; give one, such as 127.0.0.1");
    for (const std::string host : {"*", "[*]"})
        EXPECT_EQ(refusal_of(host),
                  "cannot resolve " + host + ": neither an address nor a host name; 0.0.0.0 and :: mean all addresses");
}

TEST(AnEndpoint, IsLoopbackIfOnlyThisMachineCanConnectToIt) {
    for (const char* host :
         {"127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1", "::ffff:127.9.9.9", "fe80::1%lo", "localhost"})
        EXPECT_TRUE(Endpoint::internet(host, usual_port).is_loopback()) << host;
    for (const char* host : {"0.0.0.0", "128.0.0.1", "::", "::2", "::ffff:128.0.0.1", "::ffff:0.0.0.0", "fe80::1",
                             "fe80::1%999999", "2001:db8::7"})
        EXPECT_FALSE(Endpoint::internet(host, usual_port).is_loopback()) << host;
}

TEST(AnEndpoint, OfLocalhostIsWhereServersListenByDefault) {
    EXPECT_EQ(Endpoint::internet("localhost", usual_port).text(), "127.0.0.1:8080");
}

TEST(AnEndpoint, HasNoPortInItsAddress) {
    for (const std::string host : {"127.0.0.1:80", "[::1]:80", "localhost:80"}) {
        const std::string refusal = refusal_of(host);
        EXPECT_TRUE(refusal.starts_with("cannot resolve " + host + ": ")) << refusal;
        EXPECT_TRUE(refusal.ends_with("; give the port separately")) << refusal;
    }
}

TEST(AnEndpoint, HasBracketsOnlyAroundAnIpv6Address) {
    for (const std::string host : {"[127.0.0.1]", "[localhost]", "[]", "[::1%nowhere]"}) {
        const std::string refusal = refusal_of(host);
        EXPECT_TRUE(refusal.starts_with("cannot resolve " + host + ": ")) << refusal;
        EXPECT_TRUE(refusal.ends_with("; only an IPv6 address can have brackets, such as [::1]")) << refusal;
    }
}

}  // namespace
}  // namespace iomux::posix
