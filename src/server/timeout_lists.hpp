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
    /// `fd` is the connection's socket. `owner` is the connection, for the caller of `expired`.
    explicit TimeoutEntry(int fd, void* owner = nullptr) : owner_(owner), fd_(fd) {}

    WaitReason reason() const { return reason_; }
    /// It has waited for too long: the connection is to be closed.
    bool expired() const { return expired_; }
    void* owner() const { return owner_; }

private:
    friend class TimeoutLists;
    /// More time for the rest of a message, because unread bytes were there when its time was up. It is given once, and
    /// ends with those bytes.
    enum class GracePeriod : std::uint8_t { not_given, given, over };

    posix::Clock::time_point due_;
    void* const owner_;
    const int fd_;
    std::uint32_t untaken_ = 0;  // bytes, at the last check
    WaitReason reason_ = WaitReason::none;
    std::uint8_t checks_ = 0;  // in a row with the same untaken_; the first only sets it
    GracePeriod grace_period_ = GracePeriod::not_given;
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
    enum class Use { by_one_thread, by_several };

    explicit TimeoutLists(const Limits& limits, Use use = Use::by_one_thread);

    /// Whether any timeout of the clients' is set, apart from the one for lingering.
    bool in_use() const { return in_use_; }
    /// `callback` is called when a wait begins that is due before all others, in the thread that begins it.
    void call_when_sooner(std::function<void()> callback) { sooner_ = std::move(callback); }

    /// From now on `entry` waits for `reason`, and for nothing else. No effect once it has expired.
    void begin(TimeoutEntry& entry, WaitReason reason);
    /// Bytes of the message that `entry` waits for were received, and not its end. Expires it if it was in its grace
    /// period.
    void received_part(TimeoutEntry& entry);
    /// It waits for nothing. Needed before it is destroyed.
    void end(TimeoutEntry& entry);

    /// When to call `expired` next, or earlier.
    posix::Deadline next() const { return next_.load(); }
    /// An entry that has expired just now, or null. Activity that the server has not seen yet counts: an entry does not
    /// expire if its socket has unread bytes, or if the client has taken replies from the kernel's send buffer. If the
    /// client does not take its replies, closing the socket will send a reset, so that the kernel frees its send
    /// buffer.
    ///
    /// No entry may be destroyed while this runs. Reads no clock if no entry waits.
    TimeoutEntry* expired() { return next() ? first_expired() : nullptr; }

private:
    using List = boost::intrusive::list<TimeoutEntry, boost::intrusive::constant_time_size<false>>;
    using Duration = posix::Clock::duration;

    std::unique_lock<std::mutex> locked();
    TimeoutEntry* first_expired();
    void push(TimeoutEntry& entry, posix::Clock::time_point now);
    static bool has_acted(TimeoutEntry& entry);
    posix::Deadline first_due() const;

    const bool in_use_;
    const Use use_;
    const std::array<Duration, wait_count> times_;
    std::mutex mutex_;
    std::array<List, wait_count> lists_;
    posix::AtomicDeadline next_;
    std::function<void()> sooner_;
};

}  // namespace iomux::server
