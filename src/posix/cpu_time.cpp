#include "posix/cpu_time.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "posix/clock.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

nanoseconds read(clockid_t clock) {
    timespec time{};
    check(::clock_gettime(clock, &time), "cannot read a CPU clock");
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

constexpr std::size_t most_threads = 256;

// The state is the character after the name, which may contain any character.
bool is_runnable(int tasks, const char* thread) {
    const UniqueFd file(::openat(tasks, (std::string(thread) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (size <= 0) return false;  // it has ended
    const std::string_view stat(text.data(), static_cast<std::size_t>(size));
    const std::size_t end_of_name = stat.rfind(')');
    return end_of_name + 2 < stat.size() && stat[end_of_name + 2] == 'R';
}

bool is_runnable(pid_t process) {
    const std::string path = "/proc/" + std::to_string(process) + "/task";
    const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(path.c_str()), ::closedir);
    if (!tasks) return false;  // it has ended
    std::size_t looked_at = 0;
    while (const dirent* const entry = ::readdir(tasks.get())) {
        if (entry->d_name[0] == '.') continue;
        if (is_runnable(::dirfd(tasks.get()), entry->d_name)) return true;
        if (++looked_at == most_threads) return false;
    }
    return false;
}

}  // namespace

bool are_runnable(std::span<const pid_t> processes) {
    return std::ranges::any_of(processes, [](pid_t process) { return is_runnable(process); });
}

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
    const Clock::time_point begin = now;
    for (;;) {
        const bool stands_still = now - stands_since >= settling.quiet;
        if (now - begin >= (stands_still ? settling.longest_wait : settling.longest)) return time;
        if (stands_still && !are_runnable(processes)) return time;
        std::this_thread::sleep_for(50us);
        const nanoseconds before = std::exchange(time, cpu_time(processes));
        now = Clock::now();
        if (time != before) stands_since = now;
    }
}

}  // namespace iomux::posix
