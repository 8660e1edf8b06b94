#include "server/timeout_lists.hpp"

#include "posix/socket.hpp"

namespace iomux::server {
namespace {

using posix::Clock;
using posix::Deadline;
using std::chrono::milliseconds;

// The kernel reports a socket as writable only once a good part of its send buffer is free. With a slow reader that can
// take longer than the timeout. So several checks per timeout see whether the client takes anything. It expires after
// this many checks in a row that found nothing taken, which is up to one check later than the timeout.
constexpr int checks_per_timeout = 4;

constexpr Clock::duration for_ever = Clock::duration::max();

Clock::duration time_or_for_ever(milliseconds time) { return time.count() == 0 ? for_ever : Clock::duration(time); }

// In the order of `WaitReason`. A reason without a timeout of its own has the idle timeout.
std::array<Clock::duration, wait_count> times_of(const Limits& limits) {
    const auto or_idle = [&](milliseconds time) { return time.count() == 0 ? limits.idle_timeout : time; };
    const Clock::duration room = time_or_for_ever(or_idle(limits.write_timeout));
    return {for_ever, time_or_for_ever(limits.idle_timeout), time_or_for_ever(or_idle(limits.message_timeout)),
            room == for_ever ? room : room / checks_per_timeout, limits.linger};
}

}  // namespace

TimeoutLists::TimeoutLists(const Limits& limits, Use use)
    : in_use_(limits.has_timeouts()), use_(use), times_(times_of(limits)) {}

std::unique_lock<std::mutex> TimeoutLists::locked() {
    return use_ == Use::by_several ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
}

void TimeoutLists::begin(TimeoutEntry& entry, WaitReason reason) {
    const auto lock = locked();
    if (entry.expired_) return;
    entry.unlink();
    entry.reason_ = reason;
    entry.checks_ = 0;
    entry.grace_period_ = TimeoutEntry::GracePeriod::not_given;
    if (times_[static_cast<std::size_t>(reason)] != for_ever) push(entry, posix::last_tick());
}

void TimeoutLists::push(TimeoutEntry& entry, Clock::time_point now) {
    const auto reason = static_cast<std::size_t>(entry.reason_);
    entry.due_ = now + times_[reason];
    lists_[reason].push_back(entry);
    if (const Deadline next = next_.load(); next && *next <= entry.due_) return;
    next_.store(entry.due_);
    if (sooner_) sooner_();
}

void TimeoutLists::end(TimeoutEntry& entry) {
    if (entry.reason_ == WaitReason::none) return;
    const auto lock = locked();
    entry.unlink();
}

void TimeoutLists::received_part(TimeoutEntry& entry) {
    const auto lock = locked();
    if (entry.expired_ || entry.grace_period_ != TimeoutEntry::GracePeriod::given) return;
    entry.unlink();
    entry.grace_period_ = TimeoutEntry::GracePeriod::over;
    entry.due_ = Clock::time_point::min();
    lists_[static_cast<std::size_t>(WaitReason::message)].push_front(entry);
    next_.store(entry.due_);
    if (sooner_) sooner_();
}

TimeoutEntry* TimeoutLists::first_expired() {
    const Clock::time_point now = Clock::now();
    if (const Deadline next = next_.load(); !next || now < *next) return nullptr;
    const auto lock = locked();
    for (List& list : lists_) {
        while (!list.empty() && list.front().due_ <= now) {
            TimeoutEntry& first = list.front();
            list.pop_front();
            if (has_acted(first)) {
                push(first, now);
                continue;
            }
            first.expired_ = true;
            if (first.reason_ == WaitReason::writable) posix::give_up_unsent(first.fd_);
            return &first;
        }
    }
    next_.store(first_due());
    return nullptr;
}

bool TimeoutLists::has_acted(TimeoutEntry& entry) {
    if (entry.reason_ == WaitReason::idle) return posix::bytes_received(entry.fd_) > 0;
    if (entry.reason_ == WaitReason::message) {
        if (entry.grace_period_ == TimeoutEntry::GracePeriod::over) return false;
        entry.grace_period_ = TimeoutEntry::GracePeriod::given;
        return posix::bytes_received(entry.fd_) > 0;
    }
    if (entry.reason_ != WaitReason::writable) return false;
    const auto untaken = static_cast<std::uint32_t>(posix::bytes_untaken(entry.fd_));
    const bool as_many = entry.checks_ > 0 && untaken == entry.untaken_;
    entry.untaken_ = untaken;
    entry.checks_ = as_many ? entry.checks_ + 1 : 1;
    return entry.checks_ <= checks_per_timeout;
}

Deadline TimeoutLists::first_due() const {
    Deadline first;
    for (const List& list : lists_)
        if (!list.empty()) first = posix::earlier(first, list.front().due_);
    return first;
}

}  // namespace iomux::server
