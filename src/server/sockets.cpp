#include "server/sockets.hpp"

#include <fcntl.h>
#include <fmt/ostream.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "posix/bind_retry.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"
#include "server/log.hpp"

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

// Sleeping blocks no signal: until the server runs, each has its usual effect.
posix::BindRetry retry_at(const Endpoint& endpoint, std::chrono::nanoseconds time, LogLevel level) {
    return {time, [=, told = false](std::chrono::nanoseconds pause) mutable {
                if (!std::exchange(told, true))
                    Log(level).line(LogLevel::debug, "{}: address in use: trying again for {}", endpoint.text(),
                                    fmt::streamed(cli::Duration{time}));
                std::this_thread::sleep_for(pause);
            }};
}

Sockets open_once_free(const Endpoint& endpoint, int backlog, bool with_datagrams, PortUse use,
                       const posix::BindRetry& retry) {
    for (int tries = 1;; ++tries) {
        Sockets sockets{.listener = retry.until_free([&] { return posix::listen_on(endpoint, backlog, use); })};
        if (!with_datagrams) return sockets;
        const Endpoint local = Endpoint::local(sockets.listener.get());
        try {
            sockets.datagrams = retry.until_free([&] { return posix::datagram_socket_on(local, use); });
            return sockets;
        } catch (const std::system_error& error) {
            if (endpoint.port() != 0 || error.code().value() != EADDRINUSE || tries == most_tries) throw;
        }
    }
}

// A file that is no socket never becomes free, and another port is found at once if the kernel may choose it.
bool may_become_free(const Endpoint& endpoint) {
    return endpoint.is_unix() ? !posix::is_other_file(endpoint) : endpoint.port() != 0;
}

Sockets open_at(const Endpoint& endpoint, int backlog, const Settings& settings, PortUse use) {
    const auto time = may_become_free(endpoint) ? settings.bind_retry : std::chrono::nanoseconds(0);
    try {
        return open_once_free(endpoint, backlog, settings.datagrams, use, retry_at(endpoint, time, settings.log_level));
    } catch (const std::system_error& error) {
        const std::string text = cli::listening_error(error, endpoint, time);
        if (text == error.what()) throw;
        throw std::runtime_error(text);
    }
}

void set_limit(std::vector<Sockets>& all, const Settings& settings) {
    const auto limit = std::make_shared<ConnectionLimit>(settings.limits.max_connections);
    for (Sockets& sockets : all) sockets.limit = limit;
}

void adopt(UniqueFd& place, posix::HandedOver& one, const std::string& what) {
    if (place) throw std::runtime_error(what + ": another socket of its kind was handed over before it");
    place = std::move(one.fd);
}

// Its port cannot be chosen, because it is that of a listener that was handed over.
UniqueFd datagram_socket_beside(const Endpoint& listener, const Settings& settings) {
    const posix::BindRetry retry = retry_at(listener, settings.bind_retry, settings.log_level);
    try {
        return retry.until_free([&] { return posix::datagram_socket_on(listener, PortUse::alone); });
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::address_in_use) throw;
        throw std::runtime_error(error.what() + cli::tried_for(settings.bind_retry));
    }
}

// Both sockets must have the same port, because the server announces one address.
void complete_datagrams(Sockets& sockets, const Settings& settings) {
    const Endpoint listener = Endpoint::local(sockets.listener.get());
    if (listener.is_unix())
        throw std::runtime_error("cannot serve datagrams (--udp): the socket that was handed over is a Unix socket");
    if (!sockets.datagrams)
        sockets.datagrams = datagram_socket_beside(listener, settings);
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
    if (settings.datagrams) complete_datagrams(sockets, settings);
    return sockets;
}

}  // namespace iomux::server
