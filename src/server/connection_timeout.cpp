#include "server/connection_timeout.hpp"

#include "posix/socket.hpp"

namespace iomux::server {

ConnectionTimeout* ConnectionTimeout::first_expired(TimeoutLists& lists, posix::Clock::time_point as_of) {
    auto* expired = static_cast<ConnectionTimeout*>(lists.expired(has_acted, as_of));
    if (expired != nullptr && expired->reason() == WaitReason::writable) posix::give_up_unsent(expired->fd_);
    return expired;
}

bool ConnectionTimeout::has_acted(TimeoutEntry& entry) {
    auto& timeout = static_cast<ConnectionTimeout&>(entry);
    switch (entry.reason()) {
        case WaitReason::idle:
        case WaitReason::message: return posix::bytes_received(timeout.fd_) > 0;
        case WaitReason::writable: return timeout.has_taken();
        case WaitReason::none:
        case WaitReason::end_of_file: break;
    }
    return false;
}

// The kernel reports a socket as writable only once a good part of its send buffer is free. With a slow reader that can
// take longer than the timeout. So several checks per timeout see whether the client takes anything. It expires after
// this many checks in a row that found nothing taken, which is up to one check later than the timeout.
bool ConnectionTimeout::has_taken() {
    const auto untaken = static_cast<std::uint32_t>(posix::bytes_untaken(fd_));
    checks_ = renewed() && untaken == untaken_ ? checks_ + 1 : 1;
    untaken_ = untaken;
    return checks_ <= TimeoutLists::checks_per_write_timeout;
}

}  // namespace iomux::server
