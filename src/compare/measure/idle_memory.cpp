#include "compare/measure/idle_memory.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "compare/meters/meters.hpp"
#include "compare/meters/socket_memory.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

// Fewer than the usual backlog of servers: if the backlog is full, the kernel retries a connection only after a
// second.
constexpr std::size_t batch_size = 64;
constexpr auto time_to_accept = 30s;
constexpr auto poll_interval = 1ms;
// The threads of a server that polls may never all sleep.
constexpr auto longest_wait_for_sleep = 2s;

posix::UniqueFd connection_to(const posix::Endpoint& endpoint) {
    // Non-blocking, because a server with a full backlog would otherwise block this program for minutes.
    posix::UniqueFd fd = posix::connect_to(endpoint, posix::Blocking::no);
    if (const int error = posix::pending_error(fd.get()))
        posix::throw_errno("cannot connect to " + endpoint.text(), error);
    return fd;
}

// A connection is established before the server has accepted it. The number of the server's descriptors shows that it
// has.
void wait_for_descriptors(const ServerProcess& server, std::size_t count) {
    const auto deadline = posix::Clock::now() + time_to_accept;
    while (open_descriptors(server.processes()) < count) {
        if (server.wait_for_end(posix::Clock::now() + poll_interval))
            throw std::runtime_error("died while idle connections were opened: " + server.exit_text());
        if (posix::Clock::now() >= deadline)
            throw std::runtime_error("did not accept the idle connections within 30 s");
    }
}

// A server may hold descriptors for a moment while it starts, and may not have used memory yet for a connection that it
// has just accepted. Once it sleeps, it has usually done both.
void wait_until_it_sleeps(const ServerProcess& server) {
    const auto deadline = posix::Clock::now() + longest_wait_for_sleep;
    while (!threads_sleep(server.processes()) && posix::Clock::now() < deadline)
        if (server.wait_for_end(posix::Clock::now() + poll_interval))
            throw std::runtime_error("died while its idle memory was measured: " + server.exit_text());
}

std::optional<double> kernel_stacks(std::size_t threads) {
    if (threads == 0) return 0;
    const std::optional<std::size_t> each = kernel_stack_bytes();
    return each ? std::optional(static_cast<double>(threads * *each)) : std::nullopt;
}

// A server that listens on IPv6 may serve its IPv4 clients through IPv6 sockets too.
void measure_sockets(const posix::Endpoint& server, IdleMemory& memory) try {
    if (server.is_unix()) throw std::runtime_error("the kernel reports it only for TCP connections");
    std::size_t sockets = 0;
    std::size_t bytes = 0;
    for (const int family : {AF_INET, AF_INET6}) {
        const SocketBuffers buffers = socket_buffers(family, server.port());
        if (buffers.sockets == 0) continue;
        sockets += buffers.sockets;
        bytes += buffers.sockets * socket_object_bytes(family) + buffers.bytes;
    }
    if (sockets == 0) throw std::runtime_error("the kernel lists no connection of this server");
    memory.socket_bytes = static_cast<double>(bytes) / static_cast<double>(sockets);
} catch (const std::runtime_error& error) {
    memory.socket_unknown = cli::error_text(error);
}

struct MemorySnapshot {
    std::size_t resident;
    std::size_t threads;
};

MemorySnapshot take_snapshot(const ServerProcess& server) {
    wait_until_it_sleeps(server);
    const std::vector<pid_t> processes = server.processes();
    return {resident_bytes(processes), count_threads(processes)};
}

std::size_t growth(std::size_t before, std::size_t after) { return after - std::min(before, after); }

}  // namespace

IdleMemory measure_idle_memory(const ServerProcess& server, std::size_t connections) {
    const posix::Endpoint& endpoint = server.endpoint();
    wait_until_it_sleeps(server);
    const std::size_t own_descriptors = open_descriptors(server.processes());
    std::vector<posix::UniqueFd> held;
    const auto hold = [&](std::size_t count) {
        while (held.size() < count) {
            const std::size_t batch = std::min(batch_size, count - held.size());
            for (std::size_t i = 0; i < batch; ++i) held.push_back(connection_to(endpoint));
            wait_for_descriptors(server, own_descriptors + held.size());
        }
    };
    hold(1);
    const MemorySnapshot before = take_snapshot(server);
    hold(1 + connections);
    const MemorySnapshot after = take_snapshot(server);
    const auto each = static_cast<double>(connections);
    IdleMemory memory{.connections = connections,
                      .bytes = static_cast<double>(growth(before.resident, after.resident)) / each,
                      .kernel_stack_bytes = kernel_stacks(growth(before.threads, after.threads))};
    if (memory.kernel_stack_bytes) *memory.kernel_stack_bytes /= each;
    measure_sockets(endpoint, memory);
    return memory;
}

}  // namespace iomux::compare
