#include "load/engine/schedule.hpp"

#include <algorithm>

namespace iomux::load {

Schedule::Time Schedule::send(Time now, Punctuality& counted) {
    const Time due = arrivals_.next();
    arrivals_.advance();
    ++counted.sent;
    if (now - due > Punctuality::late_after) ++counted.late;
    counted.lateness.record(now - due);
    return std::min(due, now);
}

void Schedule::end_window(Time now, Punctuality& counted) const {
    counted.unsent = overdue(now);
    counted.due = counted.sent + counted.unsent - waiting_;
}

std::uint64_t Schedule::overdue(Time now) const {
    std::uint64_t count = 0;
    for (Arrivals left = arrivals_; left.next() <= now; left.advance()) ++count;
    return count;
}

}  // namespace iomux::load
