#include "server/accept_policy.hpp"

#include <cerrno>
#include <cstring>

#include "posix/error.hpp"

namespace iomux::server {

ConnectionSlot AcceptPolicy::slot() {
    ConnectionSlot slot(*limit_);
    if (!slot) refused("--max-connections reached");
    return slot;
}

void AcceptPolicy::refused(std::string_view why) {
    ++counters_.refused;
    if (const auto suppressed = refusal_lines_.allow())
        log_.line(LogLevel::warning, "connection refused: {}{}", why, and_more(*suppressed));
}

bool AcceptPolicy::retries_after(int error) {
    switch (error) {
        case EAGAIN:
        // Another loop that shares the listener has shut it down, as this loop is about to.
        case EINVAL: ++counters_.would_block; return false;
        case EINTR:
        // Errors of the new connection, which Linux passes on (accept(2), "Error handling"). The next one may be fine.
        case ECONNABORTED:
        case EPERM:
        case EPROTO:
        case ENOPROTOOPT:
        case ETIMEDOUT:
        case EOPNOTSUPP:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET: return true;
        // To accept again at once would spin.
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        // No more watches (epoll_ctl(2)), for the listener or for a connection that Asio adds to its set.
        case ENOSPC: pause(error); return false;
        default: posix::throw_errno("cannot accept", error);
    }
}

void AcceptPolicy::pause(int error) {
    const auto now = posix::Clock::now();
    retry_at_ = now + settings_.limits.accept_pause;
    ++counters_.accept_pauses;
    if (const auto suppressed = pause_lines_.allow(now))
        log_.line(LogLevel::warning, "accept paused: {}{}", std::strerror(error), and_more(*suppressed));
}

void AcceptPolicy::retry_in_time() {
    if (retry_at_ && posix::Clock::now() >= *retry_at_) resume();
}

}  // namespace iomux::server
