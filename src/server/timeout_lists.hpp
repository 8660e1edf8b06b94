#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "posix/clock.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// What a connection waits for: one thing at a time.
enum class WaitReason : std::uint8_t {
    none,         ///< No timeout applies.
    idle,         ///< The client's next message.
    message,      ///< The rest of a message that has begun.
    writable,     ///< That the client takes some of its replies, while any are unsent.
    end_of_file,  ///< The client's, once everything is sent and our side is shut down.
};
inline constexpr std::size_t wait_count = 5;

/// One connection's place in the lists.
class TimeoutEntry
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    WaitReason reason() const { return reason_; }
    /// Its time was up, and has begun again because the client had acted.
    bool renewed() const { return renewed_; }
    /// It has waited for too long: the connection is to be closed.
    bool expired() const { return expired_; }

private:
    friend class TimeoutLists;

    posix::Clock::time_point due_;
    WaitReason reason_ = WaitReason::none;
    bool renewed_ = false;
    bool expired_ = false;
};

/// Which connections wait for what, and until when.
///
/// Each reason has a list, and one timeout for all entries in it. So each list is ordered by due time, and both to
/// begin a wait and to find the first due entry take constant time.
///
/// A wait begins at the clock's last tick, which is cheap to read: it may end some milliseconds early.
class TimeoutLists {
public:
    /// An entry that waits until its socket is writable is due so many times per timeout.
    static constexpr int checks_per_write_timeout = 4;

    /// `mutex`: every call locks it, if several threads use the lists. Null if one thread does.
    explicit TimeoutLists(const Limits& limits, std::mutex* mutex = nullptr);

    /// Whether any timeout of the clients' is set, apart from the one for lingering.
    bool in_use() const { return in_use_; }
    /// `callback` is called when a wait begins that is due before all others, in the thread that begins it.
    void call_when_sooner(std::function<void()> callback) { sooner_ = std::move(callback); }

    /// From now on `entry` waits for `reason`, and for nothing else. No effect once it has expired.
    void begin(TimeoutEntry& entry, WaitReason reason);
    /// If the time of `entry` has begun again, it is up now: what the client had done has not ended the wait.
    void end_renewal(TimeoutEntry& entry);
    /// It waits for nothing. Needed before it is destroyed.
    void end(TimeoutEntry& entry);

    /// When to call `expired` next, or earlier.
    posix::Deadline next() const { return next_.load(); }
    /// An entry whose time was up at `now`, or null. `has_acted` is called with each of them, while the mutex is
    /// locked: if it returns true, the entry's time begins again.
    ///
    /// No entry may be destroyed while this runs.
    TimeoutEntry* expired(bool (*has_acted)(TimeoutEntry&), posix::Clock::time_point now);

private:
    using List = boost::intrusive::list<TimeoutEntry, boost::intrusive::constant_time_size<false>>;
    using Duration = posix::Clock::duration;

    std::unique_lock<std::mutex> locked();
    void push(TimeoutEntry& entry, posix::Clock::time_point now);
    void set_next(posix::Clock::time_point due);
    posix::Deadline first_due() const;

    const bool in_use_;
    std::mutex* const mutex_;
    const std::array<Duration, wait_count> times_;
    std::array<List, wait_count> lists_;
    posix::AtomicDeadline next_;
    std::function<void()> sooner_;
};

}  // namespace iomux::server
