#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "running_server.hpp"

namespace iomux::server {
/// So that a failed test says whose failure it is.
inline void PrintTo(const Mechanism* mechanism, std::ostream* out) { *out << mechanism->name; }
}  // namespace iomux::server

namespace iomux::conformance {

/// Those that are tested: this program's.
std::vector<std::span<const server::Mechanism>> registries();

/// Every mechanism of every registry that runs here, and some in settings that make their hard cases common.
std::vector<const server::Mechanism*> every_server();
/// Those that do not.
std::vector<const server::Mechanism*> every_unavailable_server();
/// Those that promise more than an echo to the well-behaved.
std::vector<const server::Mechanism*> every_guarded_server();

/// A server, and what it is to speak.
struct Speaker {
    const server::Mechanism* mechanism;
    protocol::Framing framing;
    protocol::Service service;

    protocol::Dialect dialect() const { return {framing, service}; }
    friend std::ostream& operator<<(std::ostream& out, const Speaker& speaker);
};
/// Every server with every framing and service that it serves.
std::vector<Speaker> every_speaker();
/// Every guarded server with the framings in which a message can be too long.
std::vector<Speaker> every_speaker_with_a_limit();

/// `epoll_et`, `epoll_et_in_line_suffix`: CMakeLists.txt filters by these.
std::string server_name(const testing::TestParamInfo<const server::Mechanism*>& tested);
std::string speaker_name(const testing::TestParamInfo<Speaker>& tested);

/// A dialect whose replies are far larger than its requests: to an empty line, a suffix of 1 KiB.
protocol::Dialect amplifying();
inline constexpr std::size_t amplified_reply = 1024 + 1;

/// Skips, with the reason, what the registry says that the server fails.
void skip_if_known_to_fail(const server::Mechanism& mechanism);

class EveryServer : public testing::TestWithParam<const server::Mechanism*> {
protected:
    void SetUp() override { skip_if_known_to_fail(*GetParam()); }
};

}  // namespace iomux::conformance

#define IOMUX_FOR_EVERY_SERVER(suite)                                                                         \
    INSTANTIATE_TEST_SUITE_P(Servers, suite, testing::ValuesIn(::iomux::conformance::every_guarded_server()), \
                             ::iomux::conformance::server_name)
