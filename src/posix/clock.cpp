#include "posix/clock.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

namespace iomux::posix {

using namespace std::chrono;

Clock::time_point last_tick() {
    timespec time;
    // It fails only for a clock that does not exist.
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return Clock::time_point(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
}

int milliseconds_until(Deadline deadline) {
    if (!deadline) return -1;
    const auto left = ceil<milliseconds>(*deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

timespec* timespec_until(Deadline deadline, timespec& storage) {
    if (!deadline) return nullptr;
    const auto left = std::max(duration_cast<nanoseconds>(*deadline - Clock::now()), nanoseconds(0));
    storage.tv_sec = static_cast<std::time_t>(duration_cast<seconds>(left).count());
    storage.tv_nsec = static_cast<long>((left % seconds(1)).count());
    return &storage;
}

}  // namespace iomux::posix
