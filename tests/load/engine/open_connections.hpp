#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "load/result/measurement.hpp"
#include "posix/endpoint.hpp"

namespace iomux::testing_support {

/// The number of connections that this process has to the server, which may run in it, too.
inline std::size_t open_connections(const posix::Endpoint& server) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        posix::Endpoint peer;
        const int fd = std::stoi(entry.path().filename());
        if (::getpeername(fd, peer.data(), peer.size_pointer()) == 0 && peer.port() == server.port()) ++count;
    }
    return count;
}

/// Counts the connections of a load when its window begins, and when the end of the window is acknowledged.
struct ConnectionsOfAWindow {
    const posix::Endpoint server;
    std::size_t in_the_window = 0;
    std::size_t at_the_acknowledgement = 0;

    /// They refer to this object.
    load::WindowMarks marks() {
        load::WindowMarks marks{.begins = [this] { in_the_window = open_connections(server); }};
        marks.acknowledged = [this] { at_the_acknowledgement = open_connections(server); };
        return marks;
    }
};

}  // namespace iomux::testing_support
