#include "server/peer_name.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cstring>

namespace iomux::server {

PeerName::PeerName(const sockaddr* address) : family_(address->sa_family) {
    if (family_ == AF_INET) {
        const auto& ipv4 = *reinterpret_cast<const sockaddr_in*>(address);
        std::memcpy(address_.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
        port_ = ipv4.sin_port;
    } else if (family_ == AF_INET6) {
        const auto& ipv6 = *reinterpret_cast<const sockaddr_in6*>(address);
        std::memcpy(address_.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
        port_ = ipv6.sin6_port;
    }
}

PeerName PeerName::of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) < 0) address.ss_family = AF_UNSPEC;
    return PeerName(reinterpret_cast<const sockaddr*>(&address));
}

std::string PeerName::text() const {
    if (family_ == AF_UNSPEC) return "with unknown address";
    if (family_ != AF_INET && family_ != AF_INET6) return "unix client";
    char host[INET6_ADDRSTRLEN];
    ::inet_ntop(family_, address_.data(), host, sizeof host);
    const unsigned port = ntohs(port_);
    return family_ == AF_INET ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace iomux::server
