#include "load/result/measurement.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "posix/error.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono;

nanoseconds cpu_time() {
    rusage usage{};
    posix::check(::getrusage(RUSAGE_THREAD, &usage), "getrusage");
    const auto in_nanoseconds = [](const timeval& time) { return seconds(time.tv_sec) + microseconds(time.tv_usec); };
    return in_nanoseconds(usage.ru_utime) + in_nanoseconds(usage.ru_stime);
}

}  // namespace

Measurement::Measurement(const WindowMarks& marks) : marks_(marks) {
    marks_.begins();
    cpu_before_ = cpu_time();
    begin_ = posix::Clock::now();
}

// Between two looks the loop is the same as without any.
void Measurement::run(posix::Clock::time_point end, Window& counted,
                      const std::function<bool(posix::Clock::time_point)>& run_until) const {
    if (marks_.interval.count() > 0) {
        auto next = begin_ + marks_.interval;
        while (next < end) {
            if (!run_until(next)) return;
            const auto now = posix::Clock::now();
            counted.length = now - begin_;
            marks_.passes(counted);
            // Of looks that are overdue there is one.
            next = std::max(next + marks_.interval, now);
        }
    }
    // A machine that is busy with others may have served nothing in a short window, and of nothing there is no figure.
    const auto last = end + longest_delay;
    while (run_until(end) && counted.messages == 0 && end < last) end += milliseconds(1);
}

void Measurement::end(Window& counted) const {
    counted.length = posix::Clock::now() - begin_;
    counted.cpu = cpu_time() - cpu_before_;
    marks_.ends();
}

}  // namespace iomux::load
