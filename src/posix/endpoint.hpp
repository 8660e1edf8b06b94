#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace iomux::posix {

/// The address of a socket: IPv4, IPv6 or Unix.
class Endpoint {
public:
    Endpoint() = default;

    /// `host` is an address as `host()` returns it, an IPv6 address in brackets, or a host name. A name stands for
    /// 127.0.0.1 or another IPv4 loopback address if it has one, otherwise for its first address. No host is
    /// empty or `*`. Throws std::system_error or std::runtime_error if it cannot be resolved.
    static Endpoint internet(const std::string& host, std::uint16_t port);
    /// Throws std::runtime_error if the path is empty or longer than a socket address holds (107 bytes).
    static Endpoint unix_path(const std::string& path);
    /// The address that a socket is bound to (getsockname).
    static Endpoint local(int fd);

    int family() const { return storage_.ss_family; }
    bool is_unix() const { return family() == AF_UNIX; }
    /// 0 for a Unix socket.
    std::uint16_t port() const;
    /// Whether only this machine can connect to it.
    bool is_loopback() const;
    /// Whether it is a link-local IPv6 address without its interface: no socket can use it.
    bool lacks_interface() const;
    /// Whether it is an address of a group of machines: no socket can listen there.
    bool is_multicast() const;
    /// The path of a Unix socket; empty for others.
    std::string path() const;
    /// `127.0.0.1`, `::1`, `fe80::1%eth0`; empty for a Unix socket.
    std::string host() const;
    /// `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/iomux.sock`, `unix:@iomux` (abstract).
    std::string text() const;

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    socklen_t* size_pointer() { return &size_; }

private:
    sockaddr_storage storage_{};
    // Until the kernel has filled the storage, its capacity.
    socklen_t size_ = sizeof storage_;
};

}  // namespace iomux::posix
