#include "posix/limits.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "posix/unique_fd.hpp"

namespace iomux::posix {
namespace {

TEST(EphemeralPorts, AreThoseThatTheKernelGives) {
    const std::optional<PortRange> range = ephemeral_ports();
    if (!range) GTEST_SKIP() << "unknown without /proc";
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_GE(ntohs(address.sin_port), range->first);
    EXPECT_LE(ntohs(address.sin_port), range->last);
}

}  // namespace
}  // namespace iomux::posix
