#pragma once

#include <chrono>
#include <cstdint>

#include "load/result/result.hpp"
#include "load/workload/arrivals.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// The requests of an open loop. Each is due at its time, whether or not a connection can send it then.
///
/// Requests that are due within `gathered` are sent together with those that are due now, because a separate wake-up
/// costs several times as much as a request. So the times of requests are exact only to within `gathered`. Latencies
/// stay correct: the latency of an early request begins when it is sent, every other latency when the request is due.
class Schedule {
public:
    using Time = Arrivals::Time;

    static constexpr std::chrono::nanoseconds gathered = std::chrono::microseconds(50);

    Schedule(const OpenLoop& loop, Time begin) : arrivals_(loop.rate, loop.spacing, begin, loop.seed, loop.share) {}

    /// When the next unsent request is due.
    Time due() const { return arrivals_.next(); }
    /// Whether the next unsent request may be sent.
    bool is_due(Time now) const { return due() <= now + gathered; }
    /// Counts the next request as sent. Returns the time at which its latency begins.
    Time send(Time now, Punctuality& counted);

    /// Begins a window: notes how many requests are already waiting.
    void begin_window(Time now) { waiting_ = overdue(now); }
    /// Ends the window: sets `unsent` and `due` in `counted`.
    void end_window(Time now, Punctuality& counted) const;

    /// How many requests are due at that time and not sent.
    std::uint64_t overdue(Time now) const;

private:
    Arrivals arrivals_;
    std::uint64_t waiting_ = 0;  // overdue requests at the beginning of the window
};

}  // namespace iomux::load
