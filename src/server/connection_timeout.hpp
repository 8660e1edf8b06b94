#pragma once

#include <cstdint>

#include "server/timeout_lists.hpp"

namespace iomux::server {

/// The timeout of one connection. Activity that the server has not seen yet counts: the connection does not expire if
/// its socket has unread bytes, or if the client has taken replies from the kernel's send buffer.
class ConnectionTimeout : public TimeoutEntry {
public:
    /// `fd` is the connection's socket. `owner` is the connection, for the caller of `next_expired`.
    explicit ConnectionTimeout(int fd, void* owner = nullptr) : fd_(fd), owner_(owner) {}

    void* owner() const { return owner_; }

    /// A connection that has expired just now, or null. All entries of `lists` are connections' timeouts. If the client
    /// does not take its replies, closing the socket will send a reset, so that the kernel frees its send buffer.
    ///
    /// `as_of`: whose time was up then, for servers to which the kernel may hand bytes before they know of them. Bytes
    /// received by then have been handled; later ones may have left the socket unseen. Nothing: now. Reads no clock if
    /// no connection waits.
    static ConnectionTimeout* next_expired(TimeoutLists& lists, posix::Deadline as_of = {}) {
        return lists.next() ? first_expired(lists, as_of ? *as_of : posix::Clock::now()) : nullptr;
    }

private:
    static ConnectionTimeout* first_expired(TimeoutLists& lists, posix::Clock::time_point as_of);
    static bool has_acted(TimeoutEntry& entry);
    bool has_taken();

    const int fd_;
    void* const owner_;
    std::uint32_t untaken_ = 0;  // bytes, at the last check
    std::uint8_t checks_ = 0;    // in a row with the same untaken_; the first only sets it
};

}  // namespace iomux::server
