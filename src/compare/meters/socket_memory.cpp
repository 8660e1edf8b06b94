#include "compare/meters/socket_memory.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

#include "cli/input_file.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {
namespace {

constexpr const char* cannot_ask = "cannot query the kernel's list of sockets (NETLINK_SOCK_DIAG)";

struct Request {
    nlmsghdr header;
    inet_diag_req_v2 wanted;
};

Request request_for(int family, std::uint16_t port) {
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.wanted.sdiag_family = static_cast<std::uint8_t>(family);
    request.wanted.sdiag_protocol = IPPROTO_TCP;
    request.wanted.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
    request.wanted.idiag_states = 1 << TCP_ESTABLISHED;
    request.wanted.id.idiag_sport = htons(port);
    return request;
}

std::size_t bytes_in(const rtattr& attribute) {
    std::array<std::uint32_t, SK_MEMINFO_OPTMEM + 1> memory{};
    std::memcpy(memory.data(), RTA_DATA(&attribute), std::min<std::size_t>(sizeof memory, RTA_PAYLOAD(&attribute)));
    return std::size_t{memory[SK_MEMINFO_RMEM_ALLOC]} + memory[SK_MEMINFO_WMEM_QUEUED] + memory[SK_MEMINFO_FWD_ALLOC] +
           memory[SK_MEMINFO_OPTMEM];
}

void add_socket(const nlmsghdr& message, SocketBuffers& sum) {
    ++sum.sockets;
    const auto* socket = static_cast<const inet_diag_msg*>(NLMSG_DATA(&message));
    auto size = static_cast<int>(message.nlmsg_len - NLMSG_LENGTH(sizeof *socket));
    for (const auto* attribute = reinterpret_cast<const rtattr*>(socket + 1); RTA_OK(attribute, size);
         attribute = RTA_NEXT(attribute, size))
        if (attribute->rta_type == INET_DIAG_SKMEMINFO) sum.bytes += bytes_in(*attribute);
}

// Returns false at the last message.
bool take(const nlmsghdr& message, SocketBuffers& sum) {
    if (message.nlmsg_type == NLMSG_DONE) return false;
    if (message.nlmsg_type == NLMSG_ERROR)
        posix::throw_errno(cannot_ask, -static_cast<const nlmsgerr*>(NLMSG_DATA(&message))->error);
    if (message.nlmsg_type == SOCK_DIAG_BY_FAMILY) add_socket(message, sum);
    return true;
}

}  // namespace

SocketBuffers socket_buffers(int family, std::uint16_t port) {
    const posix::UniqueFd netlink(
        posix::check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), cannot_ask));
    const Request request = request_for(family, port);
    if (::send(netlink.get(), &request, sizeof request, 0) < 0) posix::throw_errno(cannot_ask);
    alignas(nlmsghdr) std::array<char, 32 * 1024> buffer;
    for (SocketBuffers sum;;) {
        ssize_t size = posix::uninterrupted([&] { return ::recv(netlink.get(), buffer.data(), buffer.size(), 0); });
        if (size <= 0) posix::throw_errno(cannot_ask);
        for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(message, size);
             message = NLMSG_NEXT(message, size))
            if (!take(*message, sum)) return sum;
    }
}

std::size_t socket_object_bytes(int family) {
    const std::string slabinfo = cli::content_if_readable("/proc/slabinfo");
    if (slabinfo.empty()) throw std::runtime_error("cannot read /proc/slabinfo: only root may read it");
    std::size_t sum = 0;
    for (const char* cache : {family == AF_INET6 ? "TCPv6" : "TCP", "sock_inode_cache", "filp", "dentry"}) {
        const std::optional<std::size_t> bytes = parse_object_bytes(slabinfo, cache);
        if (!bytes) throw std::runtime_error(fmt::format("/proc/slabinfo has no cache named {}", cache));
        sum += *bytes;
    }
    return sum;
}

std::optional<std::size_t> parse_object_bytes(std::string_view slabinfo, std::string_view cache) {
    constexpr std::size_t page = 4096;
    std::istringstream lines{std::string(slabinfo)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string name;
        std::size_t active = 0, all = 0, bytes = 0, objects_per_slab = 0, pages_per_slab = 0;
        if (fields >> name && name == cache && fields >> active >> all >> bytes >> objects_per_slab >> pages_per_slab &&
            objects_per_slab > 0)
            return pages_per_slab * page / objects_per_slab;
    }
    return std::nullopt;
}

}  // namespace iomux::compare
