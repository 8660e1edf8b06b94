#pragma once

#include <cstddef>
#include <vector>

#include "posix/socket.hpp"
#include "posix/unique_fd.hpp"
#include "server/counters.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// The service on UDP (RFC 862 and 863, "UDP Based"): each datagram is one message, whatever the framing, and its reply
/// is one datagram to its sender. Nothing is stored: a reply is dropped if the socket's buffer is full, or if it would
/// be longer than a datagram can be.
class Datagrams {
public:
    static constexpr std::size_t longest = posix::longest_datagram;

    /// Without a socket no datagrams are served. If the socket blocks, `answer` waits for a datagram.
    Datagrams(posix::UniqueFd socket, const Settings& settings, Counters& counters);

    int fd() const { return socket_.get(); }
    bool is_open() const { return static_cast<bool>(socket_); }

    /// Answers the datagrams that have arrived, up to a turn's budget. If there are more, the socket stays readable.
    void answer();
    /// The server stops: answers the datagrams that have arrived, up to a turn's budget, and closes the socket.
    void drain();

private:
    bool answer_one();

    posix::UniqueFd socket_;
    const Settings& settings_;
    Counters& counters_;
    std::vector<std::byte> buffer_;
};

}  // namespace iomux::server
