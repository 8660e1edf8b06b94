#include "posix/cpu_time.hpp"

#include <ctime>
#include <thread>
#include <utility>

#include "posix/clock.hpp"
#include "posix/error.hpp"

namespace iomux::posix {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

nanoseconds read(clockid_t clock) {
    timespec time{};
    check(::clock_gettime(clock, &time), "cannot read a CPU clock");
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

nanoseconds thread_cpu_time() { return read(CLOCK_THREAD_CPUTIME_ID); }

nanoseconds cpu_time(std::span<const pid_t> processes) {
    nanoseconds sum{0};
    for (const pid_t pid : processes) {
        clockid_t clock{};
        if (const int error = ::clock_getcpuclockid(pid, &clock); error != 0)
            throw_errno("cannot read the server's CPU time", error);
        sum += read(clock);
    }
    return sum;
}

nanoseconds settled_cpu_time(std::span<const pid_t> processes, const Settling& settling) {
    std::this_thread::sleep_for(100us);
    nanoseconds time = cpu_time(processes);
    Clock::time_point now = Clock::now(), stands_since = now;
    const Clock::time_point latest = now + settling.longest;
    while (now - stands_since < settling.quiet && now < latest) {
        std::this_thread::sleep_for(50us);
        const nanoseconds before = std::exchange(time, cpu_time(processes));
        now = Clock::now();
        if (time != before) stands_since = now;
    }
    return time;
}

}  // namespace iomux::posix
