#include "posix/cpu_time.hpp"

#include <ctime>
#include <thread>

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

nanoseconds settled_cpu_time(std::span<const pid_t> processes) {
    const Clock::time_point latest = Clock::now() + longest_settling;
    std::this_thread::sleep_for(100us);
    nanoseconds before = cpu_time(processes);
    for (;;) {
        std::this_thread::sleep_for(50us);
        const nanoseconds now = cpu_time(processes);
        if (now == before || Clock::now() >= latest) return now;
        before = now;
    }
}

}  // namespace iomux::posix
