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
    static ConnectionTimeout* next_expired(TimeoutLists& lists) {
        return lists.next() ? first_expired(lists) : nullptr;
    }

private:
    static ConnectionTimeout* first_expired(TimeoutLists& lists);
    static bool has_acted(TimeoutEntry& entry);
    bool has_taken();

    const int fd_;
    void* const owner_;
    std::uint32_t untaken_ = 0;  // bytes, at the last check
    std::uint8_t checks_ = 0;    // in a row with the same untaken_; the first only sets it
};

}  // namespace iomux::server
