#include "server/sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

using posix::Endpoint;
using posix::PortUse;
using posix::UniqueFd;

// A TCP port that the kernel picks may already be in use on UDP.
constexpr int most_tries = 32;

UniqueFd duplicate_of(const UniqueFd& fd) {
    if (!fd) return {};
    return UniqueFd(posix::check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "cannot share a socket between threads"));
}

// What to do about the error, or nothing.
std::string_view hint_for(const std::error_code& error, const Endpoint& endpoint) {
    if (error == std::errc::address_not_available) return "; it is not an address of this machine";
    if (error != std::errc::address_in_use) return "";
    return endpoint.is_unix() ? "; choose another --unix path" : "; choose another --port (0: any free)";
}

Sockets open_at(const Endpoint& endpoint, int backlog, const Settings& settings, PortUse use) try {
    for (int tries = 1;; ++tries) {
        Sockets sockets{.listener = posix::listen_on(endpoint, backlog, use)};
        if (!settings.datagrams) return sockets;
        try {
            sockets.datagrams = posix::datagram_socket_on(Endpoint::local(sockets.listener.get()), use);
            return sockets;
        } catch (const std::system_error& error) {
            if (endpoint.port() != 0 || error.code().value() != EADDRINUSE || tries == most_tries) throw;
        }
    }
} catch (const std::system_error& error) {
    const std::string_view hint = hint_for(error.code(), endpoint);
    if (hint.empty()) throw;
    throw std::runtime_error(std::string(error.what()).append(hint));
}

void set_limit(std::vector<Sockets>& all, const Settings& settings) {
    const auto limit = std::make_shared<ConnectionLimit>(settings.limits.max_connections);
    for (Sockets& sockets : all) sockets.limit = limit;
}

void adopt(UniqueFd& place, posix::HandedOver& one, const std::string& what) {
    if (place) throw std::runtime_error(what + ": another socket of its kind was handed over before it");
    place = std::move(one.fd);
}

// Both sockets must have the same port, because the server announces one address.
void complete_datagrams(Sockets& sockets) {
    const Endpoint listener = Endpoint::local(sockets.listener.get());
    if (listener.is_unix())
        throw std::runtime_error("cannot serve datagrams (--udp): the socket that was handed over is a Unix socket");
    if (!sockets.datagrams)
        sockets.datagrams = posix::datagram_socket_on(listener, PortUse::alone);
    else if (Endpoint::local(sockets.datagrams.get()).port() != listener.port())
        throw std::runtime_error("the TCP and UDP sockets that were handed over have different ports");
}

}  // namespace

std::vector<Sockets> share_sockets(Sockets sockets, const Settings& settings, std::size_t loops) {
    std::vector<Sockets> all;
    all.push_back(std::move(sockets));
    while (all.size() < loops)
        all.push_back({duplicate_of(all.front().listener), duplicate_of(all.front().datagrams), {}});
    set_limit(all, settings);
    return all;
}

std::vector<Sockets> open_sockets(const Endpoint& endpoint, int backlog, const Settings& settings, std::size_t loops) {
    const bool own_listeners = loops > 1 && settings.accepting == Accepting::reuseport && !endpoint.is_unix();
    if (!own_listeners) return share_sockets(open_at(endpoint, backlog, settings, PortUse::alone), settings, loops);
    std::vector<Sockets> all;
    all.push_back(open_at(endpoint, backlog, settings, PortUse::shared));
    const Endpoint local = Endpoint::local(all.front().listener.get());
    while (all.size() < loops) all.push_back(open_at(local, backlog, settings, PortUse::shared));
    set_limit(all, settings);
    return all;
}

Sockets adopt_sockets(std::vector<posix::HandedOver> handed_over, const Settings& settings) {
    Sockets sockets;
    for (posix::HandedOver& one : handed_over) {
        const std::string what = "cannot serve " + one.text() + ", which was handed over";
        switch (posix::socket_type(one.fd.get(), what)) {
            case SOCK_STREAM:
                posix::adopt_listener(one.fd.get(), what);
                adopt(sockets.listener, one, what);
                break;
            case SOCK_DGRAM:
                if (!settings.datagrams) throw std::runtime_error(what + ": a datagram socket needs --udp");
                posix::adopt_datagram_socket(one.fd.get(), what);
                adopt(sockets.datagrams, one, what);
                break;
            default: throw std::runtime_error(what + ": it is neither a stream nor a datagram socket");
        }
    }
    if (!sockets.listener) throw std::runtime_error("no listening socket was handed over (LISTEN_FDS)");
    if (settings.datagrams) complete_datagrams(sockets);
    return sockets;
}

}  // namespace iomux::server
