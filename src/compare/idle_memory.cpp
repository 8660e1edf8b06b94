#include "compare/idle_memory.hpp"

#include <algorithm>
#include <stdexcept>

#include "compare/meters.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t held_connections = 900;
// Fewer than the queues of waiting connections that servers commonly ask for: the kernel tries one that finds the
// queue full again only after a second.
constexpr std::size_t connections_a_batch = 64;
constexpr auto time_to_accept = 3s;
constexpr auto time_between_looks = 1ms;

posix::UniqueFd connection_to(const posix::Endpoint& endpoint) {
    // Not blocking: a server that leaves its queue full would hold us up for minutes.
    posix::UniqueFd fd = posix::connect_to(endpoint, posix::Blocking::no);
    if (const int error = posix::pending_error(fd.get()))
        posix::throw_errno("cannot connect to " + endpoint.text(), error);
    return fd;
}

// A connection is there before its server has accepted it; that, its descriptors tell.
void wait_for_descriptors(const ServerProcess& server, std::size_t count) {
    const auto deadline = posix::Clock::now() + time_to_accept;
    while (open_descriptors(server.processes()) < count) {
        if (server.child().wait_for_end(posix::Clock::now() + time_between_looks))
            throw std::runtime_error("died with idle connections: " + server.child().fate());
        if (posix::Clock::now() >= deadline) throw std::runtime_error("idle connections were not accepted");
    }
}

}  // namespace

double idle_bytes_a_connection(const ServerProcess& server) {
    const posix::Endpoint endpoint = posix::Endpoint::internet("127.0.0.1", server.port());
    const std::size_t own_descriptors = open_descriptors(server.processes());
    std::vector<posix::UniqueFd> held;
    const auto hold = [&](std::size_t count) {
        while (held.size() < count) {
            const std::size_t batch = std::min(connections_a_batch, count - held.size());
            for (std::size_t i = 0; i < batch; ++i) held.push_back(connection_to(endpoint));
            wait_for_descriptors(server, own_descriptors + held.size());
        }
    };
    hold(1);
    const std::size_t before = resident_bytes(server.processes());
    hold(1 + held_connections);
    const std::size_t after = resident_bytes(server.processes());
    return static_cast<double>(after - std::min(before, after)) / held_connections;
}

}  // namespace iomux::compare
