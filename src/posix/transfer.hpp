#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "posix/error.hpp"

namespace iomux::posix {

/// What one system call moved, or why it moved nothing.
struct Transfer {
    std::size_t size = 0;  ///< Bytes; 0 without an error is the end of file.
    int error = 0;         ///< An errno, never EINTR.

    bool would_block() const { return error == EAGAIN || error == EWOULDBLOCK; }
};

inline Transfer transferred(ssize_t result) {
    if (result < 0) return {0, errno};
    return {static_cast<std::size_t>(result), 0};
}

/// recv(2).
inline Transfer receive(int fd, std::span<std::byte> into, int flags = 0) {
    return transferred(uninterrupted([&] { return ::recv(fd, into.data(), into.size(), flags); }));
}

/// send(2). A peer that is gone is an error here, not a signal.
inline Transfer send(int fd, std::span<const std::byte> bytes) {
    return transferred(uninterrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }));
}

/// recvmsg(2).
inline Transfer receive(int fd, msghdr& message) {
    return transferred(uninterrupted([&] { return ::recvmsg(fd, &message, 0); }));
}

/// sendmsg(2).
inline Transfer send(int fd, const msghdr& message, int flags = 0) {
    return transferred(uninterrupted([&] { return ::sendmsg(fd, &message, MSG_NOSIGNAL | flags); }));
}

/// sendmsg(2) of several pieces, IOV_MAX (1,024) at most.
inline Transfer send(int fd, std::span<iovec> pieces) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return send(fd, message);
}

}  // namespace iomux::posix
