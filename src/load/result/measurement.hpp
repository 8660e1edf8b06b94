#pragma once

#include <chrono>
#include <functional>

#include "load/result/result.hpp"
#include "posix/clock.hpp"

namespace iomux::load {

/// Called as the measured window begins and ends, so that others can measure in just that time.
struct WindowMarks {
    std::function<void()> begins = [] {};
    std::function<void()> ends = [] {};
    std::function<void()> connected = [] {};  ///< Before the warm-up, of connections that stay.
    /// Within it, what has been counted since it began; so often, or never where the interval is 0.
    std::chrono::nanoseconds interval{0};
    std::function<void(const Window& so_far)> passes = [](const Window&) {};
};

/// The two ends of the measured window.
class Measurement {
public:
    /// The window begins. `marks` outlives it.
    explicit Measurement(const WindowMarks& marks);

    posix::Clock::time_point begin() const { return begin_; }

    /// How much longer than asked for a window may be in which nothing has been served.
    static constexpr std::chrono::nanoseconds longest_delay = std::chrono::seconds(2);

    /// Runs until then, or until the first message is served where that is later. `run_until` returns early where
    /// nothing is left to measure, and then says so by false; it counts in `counted`.
    void run(posix::Clock::time_point end, Window& counted,
             const std::function<bool(posix::Clock::time_point)>& run_until) const;

    /// The window ends: what was `counted` in it gets its length and its processor time.
    void end(Window& counted) const;

private:
    const WindowMarks& marks_;
    std::chrono::nanoseconds cpu_before_;
    posix::Clock::time_point begin_;
};

}  // namespace iomux::load
