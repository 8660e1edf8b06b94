#pragma once

#include <chrono>
#include <functional>

#include "load/result/result.hpp"
#include "posix/clock.hpp"

namespace iomux::load {

/// Callbacks at the beginning and end of the measured window, so that others can measure the same time. Closing the
/// connections costs the server time that belongs to no message, so it waits until the others have read their meters.
struct WindowMarks {
    std::function<void()> begins = [] {};
    std::function<void()> ends = [] {};
    std::function<void()> connected = [] {
    };  ///< When all connections are open, before the warm-up; not with churn or datagrams.
    std::function<void()> gives_up = [] {};  ///< When the last connection has failed.
    /// How often `passes` is called within the window, with the counts since its beginning; 0: never.
    std::chrono::nanoseconds interval{0};
    std::function<void(const Window& so_far)> passes = [](const Window&) {};
    /// After `ends`, before connections are closed. It returns when they may be closed.
    std::function<void()> acknowledged = [] {};
};

/// The measured window.
class Measurement {
public:
    /// Begins the window. `marks` outlives the measurement.
    explicit Measurement(const WindowMarks& marks);

    posix::Clock::time_point begin() const { return begin_; }

    /// How much longer than requested the window may become while no message is served.
    static constexpr std::chrono::nanoseconds longest_delay = std::chrono::seconds(2);

    /// Runs until `end`, or until the first message is served if that is later, which `has_message` tells. `run_until`
    /// adds to `counted`. If nothing is left to measure, it returns early with false.
    void run(posix::Clock::time_point end, Window& counted,
             const std::function<bool(posix::Clock::time_point)>& run_until,
             const std::function<bool()>& has_message) const;

    /// Ends the window and stores its length and CPU time in `counted`.
    void end(Window& counted) const;

private:
    const WindowMarks& marks_;
    std::chrono::nanoseconds cpu_before_;
    posix::Clock::time_point begin_;
};

}  // namespace iomux::load
