#pragma once

#include <chrono>
#include <cstdint>

#include "load/result/result.hpp"
#include "load/workload/arrivals.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// The requests of an open loop: each is due at its time, whether or not a connection can send it then.
///
/// What is due soon is sent along with what is due now, since each wake-up for a request of its own would cost several
/// times what the request does. So the spacing of requests is kept to that time only. Latencies do not suffer: of a
/// request that is sent early they begin with its sending, of every other with the time at which it was due.
class Schedule {
public:
    using Time = Arrivals::Time;

    static constexpr std::chrono::nanoseconds gathered = std::chrono::microseconds(50);

    Schedule(const OpenLoop& loop, Time begin) : arrivals_(loop.rate, loop.spacing, begin + loop.shift, loop.seed) {}

    /// Of the next that is not sent.
    Time due() const { return arrivals_.next(); }
    /// It may be sent.
    bool is_due(Time now) const { return due() <= now + gathered; }
    /// It is sent, and counted. Returns from when on its latency counts.
    Time send(Time now, Punctuality& counted);

    /// What is counted from now on is counted in a window.
    void begin_window(Time now) { waiting_ = overdue(now); }
    /// The window ends: what was sent in it is joined by what was not, and by how many were due in it.
    void end_window(Time now, Punctuality& counted) const;

    /// How many are due by then and not sent.
    std::uint64_t overdue(Time now) const;

private:
    Arrivals arrivals_;
    std::uint64_t waiting_ = 0;  // as the window began
};

}  // namespace iomux::load
