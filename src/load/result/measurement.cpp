#include "load/result/measurement.hpp"

#include <algorithm>

#include "posix/cpu_time.hpp"

namespace iomux::load {

using namespace std::chrono;

Measurement::Measurement(const WindowMarks& marks) : marks_(marks) {
    marks_.begins();
    cpu_before_ = posix::thread_cpu_time();
    begin_ = posix::Clock::now();
}

// Between two samples the loop runs as it does without samples.
void Measurement::run(posix::Clock::time_point end, Window& counted,
                      const std::function<bool(posix::Clock::time_point)>& run_until,
                      const std::function<bool()>& has_message) const {
    if (marks_.interval.count() > 0) {
        auto next = begin_ + marks_.interval;
        while (next < end) {
            if (!run_until(next)) return;
            const auto now = posix::Clock::now();
            counted.length = now - begin_;
            marks_.passes(counted);
            // If several samples are overdue, only one is taken.
            next = std::max(next + marks_.interval, now);
        }
    }
    // On a busy machine a short window may end before the first message is served. Without a message there are no
    // results, so the window is extended.
    const auto last = end + longest_delay;
    while (run_until(end) && !has_message() && end < last) end += milliseconds(1);
}

void Measurement::end(Window& counted) const {
    counted.length = posix::Clock::now() - begin_;
    counted.cpu = posix::thread_cpu_time() - cpu_before_;
    marks_.ends();
}

}  // namespace iomux::load
