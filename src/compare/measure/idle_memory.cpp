#include "compare/measure/idle_memory.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "compare/meters/meters.hpp"
#include "compare/meters/socket_memory.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

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
        if (server.wait_for_end(posix::Clock::now() + time_between_looks))
            throw std::runtime_error("died with idle connections: " + server.exit_text());
        if (posix::Clock::now() >= deadline) throw std::runtime_error("idle connections were not accepted");
    }
}

std::optional<double> kernel_stacks(std::size_t threads) {
    if (threads == 0) return 0;
    const std::optional<std::size_t> each = kernel_stack_bytes();
    return each ? std::optional(static_cast<double>(threads * *each)) : std::nullopt;
}

// A server that listens on IPv6 may have its IPv4 clients there too, as sockets of IPv6.
void measure_sockets(const posix::Endpoint& server, IdleMemory& memory) try {
    if (server.is_unix()) throw std::runtime_error("it is told of TCP connections alone");
    std::size_t sockets = 0;
    std::size_t bytes = 0;
    for (const int family : {AF_INET, AF_INET6}) {
        const SocketBuffers buffers = socket_buffers(family, server.port());
        if (buffers.sockets == 0) continue;
        sockets += buffers.sockets;
        bytes += buffers.sockets * socket_object_bytes(family) + buffers.bytes;
    }
    if (sockets == 0) throw std::runtime_error("the kernel tells of no connection");
    memory.socket_bytes = static_cast<double>(bytes) / static_cast<double>(sockets);
} catch (const std::runtime_error& error) {
    memory.socket_unknown = error.what();
}

struct MemoryLook {
    std::size_t resident;
    std::size_t threads;
};

MemoryLook look_at(const ServerProcess& server) {
    const std::vector<pid_t> processes = server.processes();
    return {resident_bytes(processes), count_threads(processes)};
}

std::size_t growth(std::size_t before, std::size_t after) { return after - std::min(before, after); }

}  // namespace

IdleMemory measure_idle_memory(const ServerProcess& server, std::size_t connections) {
    const posix::Endpoint& endpoint = server.endpoint();
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
    const MemoryLook before = look_at(server);
    hold(1 + connections);
    const MemoryLook after = look_at(server);
    const auto each = static_cast<double>(connections);
    IdleMemory memory{.connections = connections,
                      .bytes = static_cast<double>(growth(before.resident, after.resident)) / each,
                      .kernel_stack_bytes = kernel_stacks(growth(before.threads, after.threads))};
    if (memory.kernel_stack_bytes) *memory.kernel_stack_bytes /= each;
    measure_sockets(endpoint, memory);
    return memory;
}

}  // namespace iomux::compare
