#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "posix/error.hpp"

namespace iomux::posix {

/// The result of one system call: the bytes it moved, or its error.
struct IoResult {
    std::size_t size = 0;  ///< In bytes; 0 without an error means end of file.
    int error = 0;         ///< An errno, never EINTR.

    bool would_block() const { return error == EAGAIN || error == EWOULDBLOCK; }
};

inline IoResult io_result_of(ssize_t result) {
    if (result < 0) return {0, errno};
    return {static_cast<std::size_t>(result), 0};
}

/// recv(2).
inline IoResult receive(int fd, std::span<std::byte> into, int flags = 0) {
    return io_result_of(uninterrupted([&] { return ::recv(fd, into.data(), into.size(), flags); }));
}

/// send(2). If the peer is gone, it returns EPIPE instead of raising SIGPIPE.
inline IoResult send(int fd, std::span<const std::byte> bytes) {
    return io_result_of(uninterrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }));
}

/// recvmsg(2).
inline IoResult receive(int fd, msghdr& message) {
    return io_result_of(uninterrupted([&] { return ::recvmsg(fd, &message, 0); }));
}

/// sendmsg(2).
inline IoResult send(int fd, const msghdr& message, int flags = 0) {
    return io_result_of(uninterrupted([&] { return ::sendmsg(fd, &message, MSG_NOSIGNAL | flags); }));
}

/// sendmsg(2) of at most IOV_MAX (1,024) pieces.
inline IoResult send(int fd, std::span<iovec> pieces) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return send(fd, message);
}

}  // namespace iomux::posix
