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
    none,         ///< Nobody looks at the clock for it.
    idle,         ///< The client's next message.
    message,      ///< The rest of a message that has begun.
    writable,     ///< That the client takes some of its replies, while any are unsent.
    end_of_file,  ///< The client's, once it has all that it will get.
};
inline constexpr std::size_t wait_count = 5;

/// A socket's connection that waits for something, and not for ever.
class TimeoutEntry
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    explicit TimeoutEntry(int fd) : fd_(fd) {}

    WaitReason wait() const { return wait_; }
    /// It has waited for too long, and is to be closed.
    bool is_late() const { return late_; }

private:
    friend class TimeoutLists;
    /// For the rest of a message, because of what was there and unread when the time was up: given once, and over where
    /// that was not the message's end.
    enum class GracePeriod : std::uint8_t { not_given, given, over };

    posix::Clock::time_point due_;
    const int fd_;
    std::uint32_t untaken_ = 0;  // bytes, at the last look
    WaitReason wait_ = WaitReason::none;
    std::uint8_t checks_ = 0;  // for room, that found as many
    GracePeriod grace_period_ = GracePeriod::not_given;
    bool late_ = false;
};

/// Which connections wait for what, and until when.
///
/// Each kind of wait has a list, and the same time for everybody in it: who comes last is due last. So neither a wait
/// that begins nor a look at who is due costs more when there are many.
///
/// A time begins at the last tick of the clock, which costs little to read: it may end some milliseconds early.
class TimeoutLists {
public:
    enum class Use { by_one_thread, by_several };

    explicit TimeoutLists(const Limits& limits, Use use = Use::by_one_thread);

    /// Whether clients have a limited time for anything, other than to end.
    bool in_use() const { return in_use_; }
    /// `first` is called, by whoever begins the wait, when one begins that ends before all others.
    void call_when_sooner(std::function<void()> first) { sooner_ = std::move(first); }

    /// From now on `member` waits for that, and for nothing else. Nothing, where it is late already.
    void begin(TimeoutEntry& member, WaitReason wait);
    /// More of the message that `member` waits for has come, and not its end. Who was late, and was given more time for
    /// what was unread, is late now.
    void heard_more(TimeoutEntry& member);
    /// It waits no more. Needed before it is destroyed.
    void end(TimeoutEntry& member);

    /// When to look again: when `expired` has somebody, or earlier.
    posix::Deadline next() const { return next_.load(); }
    /// Somebody who is late, from now on; or null. Not who has sent something that was not read yet, or has taken
    /// replies from the kernel: what we did not see counts too. Of a client that does not read its replies, closing
    /// will send a reset and free the kernel's memory, too, of what is unsent.
    ///
    /// Nobody is to be destroyed while it runs. Reads no clock while nobody waits.
    TimeoutEntry* expired() { return next() ? first_late() : nullptr; }

private:
    using List = boost::intrusive::list<TimeoutEntry, boost::intrusive::constant_time_size<false>>;
    using Duration = posix::Clock::duration;

    std::unique_lock<std::mutex> locked();
    TimeoutEntry* first_late();
    void push(TimeoutEntry& member, posix::Clock::time_point now);
    static bool has_acted(TimeoutEntry& member);
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
