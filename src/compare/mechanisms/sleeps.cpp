#include "compare/mechanisms/sleeps.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "compare/mechanisms/socket_pair.hpp"
#include "posix/clock.hpp"
#include "posix/event_fd.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::Clock;
using std::chrono::nanoseconds;

rusage usage_of_thread() {
    rusage usage{};
    check(::getrusage(RUSAGE_THREAD, &usage), "getrusage");
    return usage;
}

std::size_t sleeps_so_far() { return static_cast<std::size_t>(usage_of_thread().ru_nvcsw); }

nanoseconds time_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

nanoseconds cpu_so_far() {
    timespec time{};
    check(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), "clock_gettime");
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

template <class Call>
std::size_t sleeps_in(Call call) {
    const std::size_t before = sleeps_so_far();
    call();
    return sleeps_so_far() - before;
}

// Answers each byte after a millisecond, as a remote peer would, until the other side is closed.
void answer_each(int fd) {
    char byte = 0;
    while (::recv(fd, &byte, 1, 0) == 1) {
        ::poll(nullptr, 0, 1);
        ::send(fd, &byte, 1, MSG_NOSIGNAL);
    }
}

template <class Wait>
EmptyWait measured(Wait wait) {
    EmptyWait result{};
    const auto start = Clock::now();
    const nanoseconds cpu = cpu_so_far();
    result.sleeps = sleeps_in([&] { wait(result); });
    result.cpu = cpu_so_far() - cpu;
    result.passed = Clock::now() - start;
    return result;
}

void receive_once(int fd, int flags, EmptyWait& result) {
    char byte = 0;
    const ssize_t got = posix::uninterrupted([&] { return ::recv(fd, &byte, 1, flags); });
    ++result.calls;
    result.answer = got < 0 ? posix::error_of(errno) : std::error_code();
}

}  // namespace

ExchangeSleeps probe_exchange(std::size_t messages) {
    SocketPair sockets;
    std::thread peer(answer_each, sockets.theirs.get());
    ExchangeSleeps result{.messages = messages, .in_poll = 0, .in_receive = 0};
    char byte = 'x';
    for (std::size_t i = 0; i < messages; ++i) {
        ::send(sockets.ours.get(), &byte, 1, MSG_NOSIGNAL);
        pollfd polled{sockets.ours.get(), POLLIN, 0};
        result.in_poll += sleeps_in([&] { posix::uninterrupted([&] { return ::poll(&polled, 1, -1); }); });
        result.in_receive += sleeps_in([&] { ::recv(sockets.ours.get(), &byte, 1, 0); });
    }
    ::shutdown(sockets.ours.get(), SHUT_RDWR);
    peer.join();
    return result;
}

EmptyWait wait_by_blocking(std::chrono::milliseconds time) {
    const SocketPair sockets;
    posix::sleep_at_most(sockets.ours.get(), posix::Direction::receiving, time);
    return measured([&](EmptyWait& result) { receive_once(sockets.ours.get(), 0, result); });
}

EmptyWait wait_by_polling(std::chrono::milliseconds time) {
    const SocketPair sockets;
    const auto end = Clock::now() + time;
    return measured([&](EmptyWait& result) {
        do receive_once(sockets.ours.get(), MSG_DONTWAIT, result);
        while (Clock::now() < end);
    });
}

SelectWork probe_select_work(std::size_t watched, std::chrono::milliseconds cpu) {
    const std::vector<posix::EventFd> events(watched);
    if (events.back().fd() >= FD_SETSIZE)
        throw std::runtime_error(
            fmt::format("cannot call select: {} more descriptors do not fit into an fd_set", watched));
    events.front().notify();
    SelectWork result{.watched = watched, .left = 0, .kernel_share = 0};
    fd_set wanted;
    FD_ZERO(&wanted);
    for (const posix::EventFd& event : events) FD_SET(event.fd(), &wanted);
    fd_set set;
    const rusage before = usage_of_thread();
    const nanoseconds start = cpu_so_far();
    do {
        set = wanted;
        check(::select(events.back().fd() + 1, &set, nullptr, nullptr, nullptr), "select");
    } while (cpu_so_far() - start < cpu);
    const rusage after = usage_of_thread();
    for (const posix::EventFd& event : events) result.left += FD_ISSET(event.fd(), &set) ? 1 : 0;
    const std::chrono::duration<double> kernel = time_of(after.ru_stime) - time_of(before.ru_stime);
    const std::chrono::duration<double> user = time_of(after.ru_utime) - time_of(before.ru_utime);
    result.kernel_share = kernel / (kernel + user);
    return result;
}

}  // namespace iomux::compare
