#include "load/engine/pausing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "posix/error.hpp"

namespace iomux::load {
namespace {

using std::chrono::nanoseconds;

double share_of(nanoseconds cpu, nanoseconds time) {
    return static_cast<double>(cpu.count()) / static_cast<double>(time.count());
}

// A signal handler can read it at any time. 0: no process.
std::array<std::atomic<pid_t>, 1024> stopped;
static_assert(std::atomic<pid_t>::is_always_lock_free);

auto place_of(pid_t process) {
    return std::ranges::find(stopped, process, [](const std::atomic<pid_t>& one) { return one.load(); });
}

// It is noted first, so that a signal in between does not miss it.
void stop(pid_t process) {
    const auto place = place_of(0);
    if (place == stopped.end()) posix::throw_errno("too many processes to pause", E2BIG);
    *place = process;
    if (::kill(process, SIGSTOP) == 0) return;
    const int error = errno;
    *place = 0;
    posix::throw_errno(fmt::format("cannot pause process {} between turns", process), error);
}

}  // namespace

void Rest::observe(nanoseconds cpu, nanoseconds time) {
    cpu_ += cpu;
    time_ += time;
    if (time < shortest) return;
    ++(share_of(cpu, time) > largest_share ? spinning_ : resting_);
}

std::optional<double> Rest::share() const {
    return time_.count() > 0 ? std::optional(share_of(cpu_, time_)) : std::nullopt;
}

void PausedProcesses::pause() {
    for (const pid_t process : processes_)
        if (place_of(process) == stopped.end()) stop(process);
}

void PausedProcesses::resume() noexcept {
    for (const pid_t process : processes_) {
        const auto place = place_of(process);
        if (place == stopped.end()) continue;
        ::kill(process, SIGCONT);  // it fails only if the process has ended
        *place = 0;
    }
}

void resume_all_processes() noexcept {
    const int saved = errno;
    for (const std::atomic<pid_t>& process : stopped)
        if (const pid_t pid = process.load()) ::kill(pid, SIGCONT);
    errno = saved;
}

}  // namespace iomux::load
