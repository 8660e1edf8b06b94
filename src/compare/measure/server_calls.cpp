#include "compare/measure/server_calls.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <initializer_list>
#include <stdexcept>
#include <thread>

#include "compare/meters/meters.hpp"
#include "compare/meters/tracer.hpp"
#include "compare/servers/server_process.hpp"
#include "posix/clock.hpp"
#include "posix/endpoint.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

// Far longer than an answer takes; only a faulty server exceeds it.
constexpr auto reply_timeout = std::chrono::seconds(10);

void wait_until_asleep(pid_t server) {
    const auto deadline = posix::Clock::now() + reply_timeout;
    while (!threads_sleep(std::array{server})) {
        if (posix::Clock::now() > deadline) throw std::runtime_error("the server did not sleep within 10 s");
        std::this_thread::yield();
    }
}

// Tracing slows the server down. Without this wait the next message would already be there, although an untraced
// server would find nothing and wait. So each message is sent only when the server sleeps.
void exchange(const posix::UniqueFd& socket, pid_t server, std::size_t messages) {
    std::array<char, 64> message{};
    for (std::size_t i = 0; i < messages; ++i) {
        wait_until_asleep(server);
        posix::check(static_cast<int>(::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL)), "send");
        const ssize_t got = ::recv(socket.get(), message.data(), message.size(), MSG_WAITALL);
        if (got != static_cast<ssize_t>(message.size()))
            throw std::runtime_error("the server did not send a complete answer");
    }
}

double sum_of(const SystemCallCounts& counts, std::initializer_list<long> numbers) {
    std::size_t sum = 0;
    for (const long number : numbers)
        if (const auto found = counts.find(number); found != counts.end()) sum += found->second;
    return static_cast<double>(sum);
}

double sum_of_all(const SystemCallCounts& counts) {
    std::size_t sum = 0;
    for (const auto& [number, count] : counts) sum += count;
    return static_cast<double>(sum);
}

double waits_of(const SystemCallCounts& counts) {
    double waits = sum_of(counts, {SYS_epoll_pwait, SYS_ppoll, SYS_pselect6});
    // Newer architectures do not have these calls.
#ifdef SYS_epoll_wait
    waits += sum_of(counts, {SYS_epoll_wait, SYS_poll, SYS_select});
#endif
    return waits;
}

}  // namespace

ServerCalls count_calls_of(const ServerSpec& server, std::size_t messages) {
    Work work;
    work.size = 64;
    work.service = protocol::Service::echo;
    const ServerProcess process(server, work, {});
    const posix::UniqueFd client = posix::connect_to(process.endpoint(), posix::Blocking::yes);
    posix::sleep_at_most(client.get(), posix::Direction::receiving, reply_timeout);
    const pid_t pid = process.processes().front();
    exchange(client, pid, 1);

    SystemCallCounts counts;
    Tracer tracer(pid, [&](pid_t thread, int status) { count_call(thread, status, counts); });
    exchange(client, pid, messages);
    // The tracer ends at the next system call, so one more message is sent.
    tracer.request_end();
    exchange(client, pid, 1);
    tracer.wait_for_end();
    const auto count = static_cast<double>(messages);
    return {.all = sum_of_all(counts) / count,
            .waits = waits_of(counts) / count,
            .receives = sum_of(counts, {SYS_recvfrom, SYS_recvmsg, SYS_readv, SYS_read}) / count};
}

}  // namespace iomux::compare
