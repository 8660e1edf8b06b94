#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace iomux::server {

/// The client's address in 20 bytes. Each connection stores it for its log lines.
class PeerName {
public:
    explicit PeerName(const sockaddr* address);
    /// The address that a socket is connected to (getpeername(2)). Unknown if the client has already disconnected.
    static PeerName of(int fd);

    /// `127.0.0.1:53412`. A client of a Unix socket has no address: `unix client`.
    std::string text() const;

private:
    std::array<std::byte, 16> address_{};
    std::uint16_t port_ = 0;  // network byte order
    std::uint16_t family_;
};

}  // namespace iomux::server
