#include "posix/endpoint.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

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

bool is_ipv4_loopback(std::uint32_t address) { return address >> 24 == IN_LOOPBACKNET; }

bool is_loopback(const sockaddr_in6& address) {
    constexpr std::uint32_t loopback_interface = 1;  // Linux's lo, in every network namespace
    const in6_addr& ip = address.sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ip)) return ip.s6_addr[12] == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(&ip) || (IN6_IS_ADDR_LINKLOCAL(&ip) && address.sin6_scope_id == loopback_interface);
}

// The interface of a link-local address, which is no address without it: `%eth0`.
std::string zone_of(const sockaddr_in6& address) {
    if (address.sin6_scope_id == 0) return "";
    char name[IF_NAMESIZE];
    const bool is_known = ::if_indextoname(address.sin6_scope_id, name) != nullptr;
    return std::string("%").append(is_known ? name : std::to_string(address.sin6_scope_id));
}

bool has_brackets(std::string_view host) { return host.starts_with('[') && host.ends_with(']'); }

// Whether a port follows the address: `127.0.0.1:8080`, `[::1]:8080`.
bool has_port(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    if (colon == host.npos || host.find_first_not_of("0123456789", colon + 1) != host.npos) return false;
    const std::string_view address = host.substr(0, colon);
    return has_brackets(address) || address.find(':') == address.npos;
}

std::string_view hint_for(std::string_view host) {
    if (has_port(host)) return "; give the port separately";
    return has_brackets(host) ? "; only an IPv6 address can have brackets, such as [::1]" : "";
}

// The resolver takes both for the loopback address, or for nothing.
void refuse_if_no_host(std::string_view host, std::string_view name) {
    if (host.empty())
        throw std::runtime_error("cannot resolve \"\": the address is empty; give one, such as 127.0.0.1");
    if (name == "*")
        throw std::runtime_error(
            std::string("cannot resolve ")
                .append(host)
                .append(": neither an address nor a host name; 0.0.0.0 and :: mean all addresses"));
}

const addrinfo& preferred(const addrinfo& first) {
    for (const addrinfo* one = &first; one != nullptr; one = one->ai_next)
        if (one->ai_family == AF_INET && is_ipv4_loopback(ntohl(as_ipv4(one->ai_addr).sin_addr.s_addr))) return *one;
    return first;
}

}  // namespace

Endpoint Endpoint::internet(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    std::string name = host;
    if (has_brackets(host)) {
        name = host.substr(1, host.size() - 2);
        hints.ai_family = AF_INET6;
        hints.ai_flags = AI_NUMERICHOST;
    }
    refuse_if_no_host(host, name);
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failure == EAI_SYSTEM) throw_errno("cannot resolve " + host);
    if (failure != 0)
        throw std::runtime_error(std::string("cannot resolve ")
                                     .append(host)
                                     .append(": ")
                                     .append(::gai_strerror(failure))
                                     .append(hint_for(host)));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    const addrinfo& chosen = preferred(*found);
    Endpoint endpoint;
    std::memcpy(&endpoint.storage_, chosen.ai_addr, chosen.ai_addrlen);
    endpoint.size_ = chosen.ai_addrlen;
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

bool Endpoint::lacks_interface() const {
    return family() == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&as_ipv6(data()).sin6_addr) &&
           as_ipv6(data()).sin6_scope_id == 0;
}

bool Endpoint::is_multicast() const {
    switch (family()) {
        case AF_INET: return IN_MULTICAST(ntohl(as_ipv4(data()).sin_addr.s_addr));
        case AF_INET6: return IN6_IS_ADDR_MULTICAST(&as_ipv6(data()).sin6_addr);
        default: return false;
    }
}

bool Endpoint::is_loopback() const {
    switch (family()) {
        case AF_INET: return is_ipv4_loopback(ntohl(as_ipv4(data()).sin_addr.s_addr));
        case AF_INET6: return posix::is_loopback(as_ipv6(data()));
        default: return true;
    }
}

std::string Endpoint::path() const { return is_unix() ? reinterpret_cast<const sockaddr_un*>(data())->sun_path : ""; }

std::string Endpoint::host() const {
    char host[INET6_ADDRSTRLEN] = "?";
    switch (family()) {
        case AF_INET: ::inet_ntop(AF_INET, &as_ipv4(data()).sin_addr, host, sizeof host); return host;
        case AF_INET6:
            ::inet_ntop(AF_INET6, &as_ipv6(data()).sin6_addr, host, sizeof host);
            return host + zone_of(as_ipv6(data()));
        default: return "";
    }
}

std::string Endpoint::text() const {
    switch (family()) {
        case AF_INET: return host() + ":" + std::to_string(port());
        case AF_INET6: return std::string("[").append(host()).append("]:") + std::to_string(port());
        case AF_UNIX: return "unix:" + name_of_unix(*this);
        default: return "an unnamed peer";
    }
}

}  // namespace iomux::posix
