#include "posix/endpoint.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

const sockaddr_in& as_ipv4(const sockaddr* address) { return *reinterpret_cast<const sockaddr_in*>(address); }
const sockaddr_in6& as_ipv6(const sockaddr* address) { return *reinterpret_cast<const sockaddr_in6*>(address); }

// The path, or `@` and the name for an abstract address (unix(7)).
std::string name_of_unix(const Endpoint& endpoint) {
    const auto& address = *reinterpret_cast<const sockaddr_un*>(endpoint.data());
    const std::size_t size = endpoint.size() - offsetof(sockaddr_un, sun_path);
    if (size > 1 && address.sun_path[0] == '\0') return std::string("@").append(address.sun_path + 1, size - 1);
    return endpoint.path();
}

}  // namespace

Endpoint Endpoint::internet(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failure == EAI_SYSTEM) throw_errno("cannot resolve " + host);
    if (failure != 0) throw std::runtime_error("cannot resolve " + host + ": " + ::gai_strerror(failure));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    Endpoint endpoint;
    std::memcpy(&endpoint.storage_, found->ai_addr, found->ai_addrlen);
    endpoint.size_ = found->ai_addrlen;
    return endpoint;
}

Endpoint Endpoint::unix_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw std::runtime_error("the path of a Unix socket must have 1 to " +
                                 std::to_string(sizeof address.sun_path - 1) + " bytes: " + path);
    path.copy(address.sun_path, path.size());
    Endpoint endpoint;
    std::memcpy(&endpoint.storage_, &address, sizeof address);
    endpoint.size_ = sizeof address;
    return endpoint;
}

Endpoint Endpoint::local(int fd) {
    Endpoint endpoint;
    check(::getsockname(fd, endpoint.data(), endpoint.size_pointer()), "getsockname");
    return endpoint;
}

std::uint16_t Endpoint::port() const {
    switch (family()) {
        case AF_INET: return ntohs(as_ipv4(data()).sin_port);
        case AF_INET6: return ntohs(as_ipv6(data()).sin6_port);
        default: return 0;
    }
}

bool Endpoint::is_loopback() const {
    switch (family()) {
        case AF_INET: return ntohl(as_ipv4(data()).sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&as_ipv6(data()).sin6_addr);
        default: return true;
    }
}

std::string Endpoint::path() const { return is_unix() ? reinterpret_cast<const sockaddr_un*>(data())->sun_path : ""; }

std::string Endpoint::text() const {
    char host[INET6_ADDRSTRLEN] = "?";
    switch (family()) {
        case AF_INET:
            ::inet_ntop(AF_INET, &as_ipv4(data()).sin_addr, host, sizeof host);
            return std::string(host) + ":" + std::to_string(port());
        case AF_INET6:
            ::inet_ntop(AF_INET6, &as_ipv6(data()).sin6_addr, host, sizeof host);
            return std::string("[").append(host).append("]:") + std::to_string(port());
        case AF_UNIX: return "unix:" + name_of_unix(*this);
        default: return "an unnamed peer";
    }
}

}  // namespace iomux::posix
