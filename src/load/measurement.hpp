#pragma once

#include <chrono>
#include <functional>

#include "load/result.hpp"
#include "posix/clock.hpp"

namespace iomux::load {

/// Called as the measured window begins and ends, so that others can measure in just that time.
struct WindowMarks {
    std::function<void()> begins = [] {};
    std::function<void()> ends = [] {};
};

/// The two ends of the measured window.
class Measurement {
public:
    /// The window begins. `marks` outlives it.
    explicit Measurement(const WindowMarks& marks);

    posix::Clock::time_point begin() const { return begin_; }

    /// The window ends: what was `counted` in it gets its length and its processor time.
    void end(Window& counted) const;

private:
    const WindowMarks& marks_;
    std::chrono::nanoseconds cpu_before_;
    posix::Clock::time_point begin_;
};

}  // namespace iomux::load
