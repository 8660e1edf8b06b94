#include "server/timeout_lists.hpp"

namespace iomux::server {
namespace {

using posix::Clock;
using posix::Deadline;
using std::chrono::milliseconds;

constexpr Clock::duration for_ever = Clock::duration::max();
constexpr Clock::time_point at_once = Clock::time_point::min();

Clock::duration time_or_for_ever(milliseconds time) { return time.count() == 0 ? for_ever : Clock::duration(time); }

// In the order of `WaitReason`. A reason without a timeout of its own has the idle timeout.
std::array<Clock::duration, wait_count> times_of(const Limits& limits) {
    const auto or_idle = [&](milliseconds time) { return time.count() == 0 ? limits.idle_timeout : time; };
    const Clock::duration write = time_or_for_ever(or_idle(limits.write_timeout));
    return {for_ever, time_or_for_ever(limits.idle_timeout), time_or_for_ever(or_idle(limits.message_timeout)),
            write == for_ever ? write : write / TimeoutLists::checks_per_write_timeout, limits.linger};
}

}  // namespace

TimeoutLists::TimeoutLists(const Limits& limits, std::mutex* mutex)
    : in_use_(limits.has_timeouts()), mutex_(mutex), times_(times_of(limits)) {}

std::unique_lock<std::mutex> TimeoutLists::locked() {
    return mutex_ != nullptr ? std::unique_lock(*mutex_) : std::unique_lock<std::mutex>();
}

void TimeoutLists::begin(TimeoutEntry& entry, WaitReason reason) {
    const auto lock = locked();
    if (entry.expired_) return;
    entry.unlink();
    entry.reason_ = reason;
    entry.renewed_ = false;
    if (times_[static_cast<std::size_t>(reason)] != for_ever) push(entry, posix::last_tick());
}

void TimeoutLists::push(TimeoutEntry& entry, Clock::time_point now) {
    const auto reason = static_cast<std::size_t>(entry.reason_);
    entry.due_ = now + times_[reason];
    lists_[reason].push_back(entry);
    if (const Deadline next = next_.load(); !next || entry.due_ < *next) set_next(entry.due_);
}

void TimeoutLists::set_next(Clock::time_point due) {
    next_.store(due);
    if (sooner_) sooner_();
}

void TimeoutLists::end_renewal(TimeoutEntry& entry) {
    const auto lock = locked();
    if (entry.expired_ || !entry.renewed_) return;
    entry.unlink();
    entry.due_ = at_once;
    lists_[static_cast<std::size_t>(entry.reason_)].push_front(entry);
    set_next(at_once);
}

void TimeoutLists::end(TimeoutEntry& entry) {
    if (entry.reason_ == WaitReason::none) return;
    const auto lock = locked();
    entry.unlink();
}

TimeoutEntry* TimeoutLists::expired(bool (*has_acted)(TimeoutEntry&), Clock::time_point now) {
    if (const Deadline next = next_.load(); !next || now < *next) return nullptr;
    const auto lock = locked();
    for (List& list : lists_) {
        while (!list.empty() && list.front().due_ <= now) {
            TimeoutEntry& first = list.front();
            list.pop_front();
            if (first.due_ == at_once || !has_acted(first)) {
                first.expired_ = true;
                return &first;
            }
            first.renewed_ = true;
            push(first, now);
        }
    }
    next_.store(first_due());
    return nullptr;
}

Deadline TimeoutLists::first_due() const {
    Deadline first;
    for (const List& list : lists_)
        if (!list.empty()) first = posix::earlier(first, list.front().due_);
    return first;
}

}  // namespace iomux::server
