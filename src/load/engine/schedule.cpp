#include "load/engine/schedule.hpp"

#include <algorithm>

namespace iomux::load {

Schedule::Time Schedule::send(Time now, Punctuality& counted) {
    const Time due = arrivals_.next();
    arrivals_.advance();
    if (backlog_ > 0) {
        --backlog_;
        ++counted.backlog_sent;
    } else {
        ++counted.sent;
        if (now - due > Punctuality::late_after) ++counted.late;
        counted.lateness.record(now - due);
    }
    return std::min(due, now);
}

void Schedule::end_window(Time now, Punctuality& counted) {
    counted.unsent = overdue(now) - backlog_;
    counted.due = counted.sent + counted.unsent;
    last_ = now;
}

void Schedule::finish(Time now, std::uint64_t unanswered, Window& after, Window& window) {
    for (; !is_done(); ++unanswered) after.latency.record(now - send(now, after.punctuality));
    window.punctuality.unanswered = unanswered;
    window.punctuality.answered_later = after.latency.count() - window.latency.count() - unanswered;
    window.punctuality.lateness = after.punctuality.lateness;
    window.latency = after.latency;
}

std::uint64_t Schedule::overdue(Time now) const {
    std::uint64_t count = 0;
    for (Arrivals left = arrivals_; left.next() <= now; left.advance()) ++count;
    return count;
}

}  // namespace iomux::load
