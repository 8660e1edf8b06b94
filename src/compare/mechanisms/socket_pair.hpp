#pragma once

#include <sys/socket.h>

#include <array>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// Two connected stream sockets. Both are blocking.
struct SocketPair {
    SocketPair() {
        std::array<int, 2> ends{};
        posix::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "cannot create a socket pair");
        ours.reset(ends[0]);
        theirs.reset(ends[1]);
    }

    posix::UniqueFd ours;
    posix::UniqueFd theirs;
};

}  // namespace iomux::compare
