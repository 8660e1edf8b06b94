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

    /// When the next unsent request is due; `Time::max()` if there is none.
    Time due() const { return arrivals_.next() <= last_ ? arrivals_.next() : Time::max(); }
    /// Whether no request is left to send. Only after the window or `pause`.
    bool is_done() const { return due() == Time::max(); }
    /// Whether the next unsent request may be sent.
    bool is_due(Time now) const { return due() <= now + gathered; }
    /// Counts the next request as sent. Returns the time at which its latency begins.
    Time send(Time now, Punctuality& counted);

    /// Begins a window: sets `backlog` in `counted`.
    void begin_window(Time now, Punctuality& counted) { counted.backlog = backlog_ = overdue(now); }
    /// Ends the window: sets `unsent` and `due` in `counted`. No request that is due later will be sent.
    void end_window(Time now, Punctuality& counted);
    /// Ends the time after the window, of which `after` has the counts since the beginning of the window, with the
    /// `unanswered` requests that were sent. Requests that are still unsent are unanswered too. Sets in `window` what
    /// became known after it: the latencies and the lateness of all its requests.
    void finish(Time now, std::uint64_t unanswered, Window& after, Window& window);

    /// Stops the clock of the requests at that time: what is due later is not sent before `resume`.
    void pause(Time time) { last_ = time; }
    /// Sets `unsent` and `due` in what was counted since `resume`. Nothing is unsent unless the run was stopped.
    void end_slice(Punctuality& counted) const {
        counted.unsent = overdue(last_);
        counted.due = counted.sent + counted.unsent;
    }
    /// Continues it. All that was due has been sent.
    void resume(Time now) {
        arrivals_.delay(now - last_);
        last_ = Time::max();
    }

    /// How many requests are due at that time and not sent.
    std::uint64_t overdue(Time now) const;

private:
    Arrivals arrivals_;
    std::uint64_t backlog_ = 0;  // unsent requests that were due before the window
    Time last_ = Time::max();    // requests that are due later are not sent
};

}  // namespace iomux::load
