#include "server/accept_policy.hpp"

#include <cerrno>

namespace iomux::server {

AcceptAnswer answer_to(int error) {
    switch (error) {
        case EAGAIN:
        // It does not listen any more: a loop that shares it has stopped, as this one is about to.
        case EINVAL: return AcceptAnswer::none;
        // The client's errors, which Linux passes on from the new socket.
        case ECONNABORTED:
        case EINTR:
        case EPERM:
        case EPROTO:
        case ENOPROTOOPT:
        case ETIMEDOUT:
        case EOPNOTSUPP:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET: return AcceptAnswer::retry;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        // There are no more watches (epoll_ctl(2)), for the listener or for a client that Asio accepts into its set.
        case ENOSPC: return AcceptAnswer::pause;
        default: return AcceptAnswer::fail;
    }
}

}  // namespace iomux::server
