#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "running_server.hpp"

namespace iomux::server {
/// Makes a failed test print the server's name.
inline void PrintTo(const Mechanism* mechanism, std::ostream* out) { *out << mechanism->name; }
}  // namespace iomux::server

namespace iomux::conformance {

/// The servers that this program tests.
std::vector<std::span<const server::Mechanism>> registries();

/// Every server of the registries that runs on this machine.
std::vector<const server::Mechanism*> every_server();
/// Every server that does not run on this machine.
std::vector<const server::Mechanism*> every_unavailable_server();
/// Every server that guarantees more than an echo to well-behaved clients.
std::vector<const server::Mechanism*> every_guarded_server();

/// A server, and the protocol in which to test it.
struct ServerWithProtocol {
    const server::Mechanism* mechanism;
    protocol::Framing framing;
    protocol::Service service;

    protocol::ProtocolConfig protocol() const { return {framing, service}; }
    friend std::ostream& operator<<(std::ostream& out, const ServerWithProtocol& server);
};
/// Every server with every framing and service that it serves.
std::vector<ServerWithProtocol> every_server_with_every_protocol();
/// The same, without chunk framing, in which no message can be too long.
std::vector<ServerWithProtocol> every_server_with_a_message_limit();

/// `epoll_et` and `epoll_et_in_line_suffix`. CMakeLists.txt filters tests by these names.
std::string server_name(const testing::TestParamInfo<const server::Mechanism*>& tested);
std::string name_with_protocol(const testing::TestParamInfo<ServerWithProtocol>& tested);

/// A protocol whose replies are far longer than its requests: the reply to an empty line is a suffix of 1 KiB.
protocol::ProtocolConfig amplifying();
inline constexpr std::size_t amplified_reply = 1024 + 1;

/// Skips the running test, with the reason, if the registry says that the server fails it.
void skip_if_known_to_fail(const server::Mechanism& mechanism);

class EveryServer : public testing::TestWithParam<const server::Mechanism*> {
protected:
    void SetUp() override { skip_if_known_to_fail(*GetParam()); }
};

}  // namespace iomux::conformance

#define IOMUX_FOR_EVERY_SERVER(suite)                                                                         \
    INSTANTIATE_TEST_SUITE_P(Servers, suite, testing::ValuesIn(::iomux::conformance::every_guarded_server()), \
                             ::iomux::conformance::server_name)
