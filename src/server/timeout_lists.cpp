#include "server/timeout_lists.hpp"

#include "posix/socket.hpp"

namespace iomux::server {
namespace {

using posix::Clock;
using posix::Deadline;
using std::chrono::milliseconds;

// The kernel says that there is room only once a good part of its own buffer is free, which of a slow reader's can take
// longer than the timeout. So meanwhile we look whether it takes anything: it is late once it has taken nothing from
// one look to the last of so many more, and so by a part of the timeout later than it might be.
constexpr int checks_per_timeout = 4;

constexpr Clock::duration for_ever = Clock::duration::max();

Clock::duration time_or_for_ever(milliseconds time) { return time.count() == 0 ? for_ever : Clock::duration(time); }

// In the order of `WaitReason`. What has no time of its own is idleness.
std::array<Clock::duration, wait_count> times_of(const Limits& limits) {
    const auto or_idle = [&](milliseconds time) { return time.count() == 0 ? limits.idle_timeout : time; };
    const Clock::duration room = time_or_for_ever(or_idle(limits.write_timeout));
    return {for_ever, time_or_for_ever(limits.idle_timeout), time_or_for_ever(or_idle(limits.message_timeout)),
            room == for_ever ? room : room / checks_per_timeout, limits.linger};
}

}  // namespace

TimeoutLists::TimeoutLists(const Limits& limits, Use use)
    : in_use_(limits.limit_clients_time()), use_(use), times_(times_of(limits)) {}

std::unique_lock<std::mutex> TimeoutLists::locked() {
    return use_ == Use::by_several ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
}

void TimeoutLists::begin(TimeoutEntry& member, WaitReason wait) {
    const auto lock = locked();
    if (member.late_) return;
    member.unlink();
    member.wait_ = wait;
    member.checks_ = 0;
    member.grace_period_ = TimeoutEntry::GracePeriod::not_given;
    if (times_[static_cast<std::size_t>(wait)] != for_ever) push(member, posix::last_tick());
}

void TimeoutLists::push(TimeoutEntry& member, Clock::time_point now) {
    const auto wait = static_cast<std::size_t>(member.wait_);
    member.due_ = now + times_[wait];
    lists_[wait].push_back(member);
    if (const Deadline next = next_.load(); next && *next <= member.due_) return;
    next_.store(member.due_);
    if (sooner_) sooner_();
}

void TimeoutLists::end(TimeoutEntry& member) {
    if (member.wait_ == WaitReason::none) return;
    const auto lock = locked();
    member.unlink();
}

void TimeoutLists::heard_more(TimeoutEntry& member) {
    const auto lock = locked();
    if (member.late_ || member.grace_period_ != TimeoutEntry::GracePeriod::given) return;
    member.unlink();
    member.grace_period_ = TimeoutEntry::GracePeriod::over;
    member.due_ = Clock::time_point::min();
    lists_[static_cast<std::size_t>(WaitReason::message)].push_front(member);
    next_.store(member.due_);
    if (sooner_) sooner_();
}

TimeoutEntry* TimeoutLists::first_late() {
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
            first.late_ = true;
            if (first.wait_ == WaitReason::writable) posix::give_up_unsent(first.fd_);
            return &first;
        }
    }
    next_.store(first_due());
    return nullptr;
}

bool TimeoutLists::has_acted(TimeoutEntry& member) {
    if (member.wait_ == WaitReason::idle) return posix::bytes_received(member.fd_) > 0;
    if (member.wait_ == WaitReason::message) {
        if (member.grace_period_ == TimeoutEntry::GracePeriod::over) return false;
        member.grace_period_ = TimeoutEntry::GracePeriod::given;
        return posix::bytes_received(member.fd_) > 0;
    }
    if (member.wait_ != WaitReason::writable) return false;
    const auto untaken = static_cast<std::uint32_t>(posix::bytes_untaken(member.fd_));
    const bool as_many = member.checks_ > 0 && untaken == member.untaken_;
    member.untaken_ = untaken;
    member.checks_ = as_many ? member.checks_ + 1 : 1;
    return member.checks_ <= checks_per_timeout;
}

Deadline TimeoutLists::first_due() const {
    Deadline first;
    for (const List& list : lists_)
        if (!list.empty()) first = posix::earlier(first, list.front().due_);
    return first;
}

}  // namespace iomux::server
