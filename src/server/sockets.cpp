#include "server/sockets.hpp"

#include <fcntl.h>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

using posix::Endpoint;
using posix::PortUse;
using posix::UniqueFd;

// A port of TCP that the kernel picks may be taken on UDP.
constexpr int tries_for_both = 32;

UniqueFd duplicate_of(const UniqueFd& fd) {
    if (!fd) return {};
    return UniqueFd(posix::check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "cannot share a socket between threads"));
}

Sockets open_at(const Endpoint& endpoint, int backlog, const Settings& settings, PortUse use) {
    for (int tries = 1;; ++tries) {
        Sockets sockets{.listener = posix::listen_on(endpoint, backlog, use)};
        if (!settings.datagrams) return sockets;
        try {
            sockets.datagrams = posix::datagram_socket_on(Endpoint::local(sockets.listener.get()), use);
            return sockets;
        } catch (const std::system_error& error) {
            if (endpoint.port() != 0 || error.code().value() != EADDRINUSE || tries == tries_for_both) throw;
        }
    }
}

}  // namespace

std::vector<Sockets> open_sockets(const Endpoint& endpoint, int backlog, const Settings& settings, std::size_t loops) {
    const bool apart = loops > 1 && settings.accepting == Accepting::reuseport && !endpoint.is_unix();
    const PortUse use = apart ? PortUse::shared : PortUse::alone;
    const auto seats = std::make_shared<Seats>(settings.limits.max_connections);
    std::vector<Sockets> all;
    all.push_back(open_at(endpoint, backlog, settings, use));
    const Endpoint local = Endpoint::local(all.front().listener.get());
    while (all.size() < loops)
        all.push_back(apart ? open_at(local, backlog, settings, use)
                            : Sockets{duplicate_of(all.front().listener), duplicate_of(all.front().datagrams), {}});
    for (Sockets& sockets : all) sockets.seats = seats;
    return all;
}

}  // namespace iomux::server
