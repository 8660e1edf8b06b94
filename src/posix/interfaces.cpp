#include "posix/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

const sockaddr_in& ipv4_of(const Endpoint& endpoint) { return *reinterpret_cast<const sockaddr_in*>(endpoint.data()); }
const sockaddr_in6& ipv6_of(const Endpoint& endpoint) {
    return *reinterpret_cast<const sockaddr_in6*>(endpoint.data());
}

template <class Address>
Endpoint endpoint_with(const Address& address) {
    Endpoint endpoint;
    std::memcpy(endpoint.data(), &address, sizeof address);
    *endpoint.size_pointer() = sizeof address;
    return endpoint;
}

// An IPv4 address in an IPv6 socket, such as ::ffff:127.0.0.1, as an IPv4 address.
Endpoint without_mapping(const Endpoint& endpoint) {
    if (endpoint.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&ipv6_of(endpoint).sin6_addr)) return endpoint;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ipv6_of(endpoint).sin6_port;
    std::memcpy(&address.sin_addr, &ipv6_of(endpoint).sin6_addr.s6_addr[12], sizeof address.sin_addr);
    return endpoint_with(address);
}

bool is_any_address(const Endpoint& endpoint) {
    if (endpoint.family() == AF_INET) return ipv4_of(endpoint).sin_addr.s_addr == INADDR_ANY;
    return endpoint.family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ipv6_of(endpoint).sin6_addr);
}

bool takes_ipv6_only(int listener) {
    int only = 0;
    socklen_t size = sizeof only;
    check(::getsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), "getsockopt IPV6_V6ONLY");
    return only != 0;
}

// Nothing for an address of another family, or a link-local one of IPv6.
std::optional<Endpoint> endpoint_of(const sockaddr* address, std::uint16_t port) {
    if (address != nullptr && address->sa_family == AF_INET) {
        sockaddr_in ipv4;
        std::memcpy(&ipv4, address, sizeof ipv4);
        ipv4.sin_port = htons(port);
        return endpoint_with(ipv4);
    }
    if (address != nullptr && address->sa_family == AF_INET6) {
        sockaddr_in6 ipv6;
        std::memcpy(&ipv6, address, sizeof ipv6);
        ipv6.sin6_port = htons(port);
        if (!IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr)) return endpoint_with(ipv6);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Endpoint> reachable_at(int listener) {
    const Endpoint listening = without_mapping(Endpoint::local(listener));
    if (!is_any_address(listening)) return {listening};
    const bool with_ipv4 = listening.family() == AF_INET || !takes_ipv6_only(listener);
    const bool with_ipv6 = listening.family() == AF_INET6;
    ifaddrs* first = nullptr;
    check(::getifaddrs(&first), "cannot list the network interfaces: getifaddrs");
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(first, &::freeifaddrs);
    std::vector<Endpoint> found;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if ((one->ifa_flags & IFF_UP) == 0) continue;
        const std::optional<Endpoint> endpoint = endpoint_of(one->ifa_addr, listening.port());
        if (endpoint && (endpoint->family() == AF_INET ? with_ipv4 : with_ipv6)) found.push_back(*endpoint);
    }
    // IPv4 before IPv6, because it works in more networks.
    std::ranges::stable_sort(found, {}, [](const Endpoint& endpoint) {
        return std::pair(endpoint.is_loopback(), endpoint.family() == AF_INET6);
    });
    if (found.empty()) found.push_back(listening);  // no interface is up
    return found;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

}  // namespace iomux::posix
