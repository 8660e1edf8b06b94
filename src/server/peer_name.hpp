#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace iomux::server {

/// Who is on the other side, in 20 bytes: every connection keeps one for its last line in the log.
class PeerName {
public:
    explicit PeerName(const sockaddr* address);
    /// Whom a socket is connected to (getpeername(2)); nobody, where they have gone already.
    static PeerName of(int fd);

    /// `127.0.0.1:53412`; for a client of a Unix socket, which has no name, `unix client`.
    std::string text() const;

private:
    std::array<std::byte, 16> address_{};
    std::uint16_t port_ = 0;  // network byte order
    std::uint16_t family_;
};

}  // namespace iomux::server
