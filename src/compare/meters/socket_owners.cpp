#include "compare/meters/socket_owners.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/input_file.hpp"
#include "compare/process/process_tree.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {
namespace {

// As the kernel writes an address: the words of the address, each in the byte order of this machine.
using AddressWords = std::array<std::uint32_t, 4>;

constexpr unsigned established = 1;
constexpr unsigned listening = 10;
constexpr unsigned unix_connected = 3;
constexpr unsigned unix_accepts = 1 << 16;  // __SO_ACCEPTCON

struct InternetSocket {
    AddressWords address{};
    unsigned port = 0;
    unsigned state = 0;
    SocketInode inode = 0;
};

// Calls `visit` with each line after the heading.
template <class Visit>
void for_each_row(std::string_view table, Visit visit) {
    std::size_t begin = table.find('\n');
    while (begin != table.npos && ++begin < table.size()) {
        const std::size_t end = table.find('\n', begin);
        visit(table.substr(begin, end - begin));
        begin = end;
    }
}

// Calls `visit` with each socket of this port, and maybe with others. There may be tens of thousands of sockets, most
// of them closed a minute ago (TIME_WAIT), so only rows that contain the port are parsed.
template <class Visit>
void for_each_socket(std::string_view table, int family, unsigned port, Visit visit) {
    constexpr int hexadecimal = 16;
    constexpr std::size_t digits = 8;
    const std::string with_port = fmt::format(":{:04X} ", port);
    for_each_row(table, [&](std::string_view text) {
        if (text.find(with_port) == text.npos) return;
        const std::string row(text);
        std::array<char, 33> address{};
        InternetSocket socket;
        unsigned long inode = 0;
        if (std::sscanf(row.c_str(), "%*u: %32[0-9A-F]:%X %*[0-9A-F]:%*X %X %*s %*s %*s %*u %*u %lu", address.data(),
                        &socket.port, &socket.state, &inode) != 4)
            return;
        socket.inode = inode;
        const std::size_t words = family == AF_INET ? 1 : socket.address.size();
        if (std::strlen(address.data()) != words * digits) return;
        for (std::size_t word = 0; word < words; ++word) {
            const char* const begin = address.data() + word * digits;
            std::from_chars(begin, begin + digits, socket.address[word], hexadecimal);
        }
        visit(socket);
    });
}

AddressWords words_of(const posix::Endpoint& endpoint) {
    AddressWords words{};
    if (endpoint.family() == AF_INET)
        words[0] = reinterpret_cast<const sockaddr_in*>(endpoint.data())->sin_addr.s_addr;
    else
        std::memcpy(words.data(), &reinterpret_cast<const sockaddr_in6*>(endpoint.data())->sin6_addr, sizeof words);
    return words;
}

// ::ffff:127.0.0.1 for 127.0.0.1
AddressWords mapped(const AddressWords& ipv4) { return {0, 0, htonl(0xffff), ipv4[0]}; }

// The kernel may list a socket twice if other sockets come or go while the table is read.
void remove_duplicates(std::vector<SocketInode>& sockets) {
    std::ranges::sort(sockets);
    sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
}

// Lists of sockets, the list of the most specific address first. The kernel prefers a socket of the same family.
std::array<std::vector<SocketInode>, 4> by_address(const posix::Endpoint& endpoint, unsigned state,
                                                   std::string_view tcp, std::string_view tcp6) {
    std::array<std::vector<SocketInode>, 4> lists;
    AddressWords wanted = words_of(endpoint);
    bool ipv4 = endpoint.family() == AF_INET;
    if (!ipv4 && wanted == mapped({wanted[3]})) {
        wanted = {wanted[3]};
        ipv4 = true;
    }
    const auto sort_in = [&](const InternetSocket& socket, const AddressWords& exact, std::size_t place) {
        if (socket.port != endpoint.port() || socket.state != state || socket.inode == 0) return;
        if (socket.address == exact) lists[place].push_back(socket.inode);
        if (socket.address == AddressWords{}) lists[place + 1].push_back(socket.inode);
    };
    const std::uint16_t port = endpoint.port();
    if (ipv4) for_each_socket(tcp, AF_INET, port, [&](const InternetSocket& one) { sort_in(one, wanted, 0); });
    for_each_socket(tcp6, AF_INET6, port,
                    [&](const InternetSocket& one) { sort_in(one, ipv4 ? mapped(wanted) : wanted, ipv4 ? 2 : 0); });
    for (std::vector<SocketInode>& list : lists) remove_duplicates(list);
    return lists;
}

// The sockets of the path whose flags and state fit.
template <class Fits>
std::vector<SocketInode> unix_sockets_that(Fits fit, const posix::Endpoint& endpoint, std::string_view table) {
    std::vector<SocketInode> found;
    for_each_row(table, [&](std::string_view text) {
        const std::string row(text);
        unsigned flags = 0, state = 0;
        unsigned long inode = 0;
        int path = 0;
        if (std::sscanf(row.c_str(), "%*[^:]: %*X %*X %X %*X %X %lu %n", &flags, &state, &inode, &path) != 3) return;
        if (inode != 0 && path > 0 && row.substr(static_cast<std::size_t>(path)) == endpoint.path() &&
            fit(flags, state))
            found.push_back(inode);
    });
    remove_duplicates(found);
    return found;
}

// The inode of a link such as `socket:[4711]`, or nothing.
std::optional<SocketInode> socket_of(const std::filesystem::path& descriptor) {
    constexpr std::string_view prefix = "socket:[";
    std::array<char, 64> target{};
    const ssize_t size = ::readlink(descriptor.c_str(), target.data(), target.size());
    const std::string_view text(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    SocketInode inode = 0;
    if (!text.starts_with(prefix) ||
        std::from_chars(text.data() + prefix.size(), text.data() + text.size(), inode).ec != std::errc())
        return std::nullopt;
    return inode;
}

// Calls `visit` with the inode of each of its sockets. Returns false if its descriptors must not be read.
template <class Visit>
bool visit_sockets(pid_t process, Visit visit) {
    std::error_code error;
    std::filesystem::directory_iterator descriptors(fmt::format("/proc/{}/fd", process), error);
    for (; !error && descriptors != std::filesystem::directory_iterator(); descriptors.increment(error))
        if (const std::optional<SocketInode> inode = socket_of(descriptors->path())) visit(*inode);
    return error != std::errc::permission_denied;
}

std::string path_of_table(std::optional<pid_t> process, const char* name) {
    return process ? fmt::format("/proc/{}/net/{}", *process, name) : fmt::format("/proc/net/{}", name);
}

// The heading and the rows of the listening sockets. The kernel lists these first (net/ipv4/tcp_ipv4.c), so the others
// need not be read.
std::string listening_part_of(const std::string& path) {
    std::ifstream file(path);
    std::string part;
    for (std::string row; std::getline(file, row);) {
        unsigned state = listening;
        std::sscanf(row.c_str(), "%*u: %*s %*s %X", &state);
        if (state != listening) break;
        part += row + "\n";
    }
    return part;
}

// Whether the address is one of this network namespace. Otherwise no socket here is a listener of it, not even one that
// is bound to all addresses.
bool is_local(const posix::Endpoint& endpoint) {
    const posix::UniqueFd socket(::socket(endpoint.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return false;
    if (endpoint.family() == AF_INET6) {
        constexpr int off = 0;  // for mapped addresses
        static_cast<void>(::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
    }
    return ::bind(socket.get(), endpoint.data(), endpoint.size()) == 0 || errno != EADDRNOTAVAIL;
}

bool is_in_this_network_namespace(pid_t process) {
    struct stat own {
    }, other{};
    return ::stat("/proc/self/ns/net", &own) != 0 ||
           ::stat(fmt::format("/proc/{}/ns/net", process).c_str(), &other) != 0 ||
           (own.st_dev == other.st_dev && own.st_ino == other.st_ino);
}

}  // namespace

std::vector<SocketInode> parse_listening(const posix::Endpoint& endpoint, std::string_view tcp, std::string_view tcp6) {
    for (std::vector<SocketInode>& list : by_address(endpoint, listening, tcp, tcp6))
        if (!list.empty()) return std::move(list);
    return {};
}

std::vector<SocketInode> parse_accepted(const posix::Endpoint& endpoint, std::string_view tcp, std::string_view tcp6) {
    std::array<std::vector<SocketInode>, 4> lists = by_address(endpoint, established, tcp, tcp6);
    // No connection is established at a wildcard address.
    lists[0].insert(lists[0].end(), lists[2].begin(), lists[2].end());
    return std::move(lists[0]);
}

std::vector<SocketInode> parse_listening_unix(const posix::Endpoint& endpoint, std::string_view unix_sockets) {
    return unix_sockets_that([](unsigned flags, unsigned) { return (flags & unix_accepts) != 0; }, endpoint,
                             unix_sockets);
}

std::vector<SocketInode> parse_accepted_unix(const posix::Endpoint& endpoint, std::string_view unix_sockets) {
    return unix_sockets_that(
        [](unsigned flags, unsigned state) { return (flags & unix_accepts) == 0 && state == unix_connected; }, endpoint,
        unix_sockets);
}

std::vector<SocketInode> listening_sockets(const posix::Endpoint& endpoint, std::optional<pid_t> process) {
    if (endpoint.is_unix())
        return parse_listening_unix(endpoint, cli::content_if_readable(path_of_table(process, "unix")));
    if ((!process || is_in_this_network_namespace(*process)) && !is_local(endpoint)) return {};
    return parse_listening(endpoint, listening_part_of(path_of_table(process, "tcp")),
                           listening_part_of(path_of_table(process, "tcp6")));
}

std::vector<SocketInode> accepted_sockets(const posix::Endpoint& endpoint) {
    const auto content = [](const char* name) { return cli::content_if_readable(path_of_table({}, name)); };
    if (endpoint.is_unix()) return parse_accepted_unix(endpoint, content("unix"));
    return parse_accepted(endpoint, content("tcp"), content("tcp6"));
}

SocketOwners owners_of(std::span<const SocketInode> sockets) {
    std::vector<SocketInode> sorted(sockets.begin(), sockets.end());
    std::ranges::sort(sorted);
    SocketOwners owners;
    for (const pid_t pid : all_processes()) {
        bool owns = false;
        owners.complete &=
            visit_sockets(pid, [&](SocketInode inode) { owns = owns || std::ranges::binary_search(sorted, inode); });
        if (owns) owners.processes.push_back(pid);
    }
    return owners;
}

std::vector<SocketInode> without_those_of(std::span<const pid_t> processes, std::span<const SocketInode> sockets) {
    std::vector<SocketInode> owned;
    for (const pid_t process : processes) visit_sockets(process, [&](SocketInode inode) { owned.push_back(inode); });
    std::ranges::sort(owned);
    std::vector<SocketInode> others;
    std::ranges::copy_if(sockets, std::back_inserter(others),
                         [&](SocketInode inode) { return !std::ranges::binary_search(owned, inode); });
    return others;
}

}  // namespace iomux::compare
