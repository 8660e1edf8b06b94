#pragma once

#include <cstddef>
#include <vector>

#include "posix/socket.hpp"
#include "posix/unique_fd.hpp"
#include "server/counters.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// The service on UDP (RFC 862 and 863, "UDP Based"): a datagram is a message, whatever the framing, and its reply is
/// one datagram to whom it came from. Nothing is kept: a reply for which there is no room now is dropped, as is one
/// that would be longer than a datagram may be.
class Datagrams {
public:
    static constexpr std::size_t longest = posix::longest_datagram;

    /// No socket: no datagrams are served. `answer` waits for one where the socket blocks.
    Datagrams(posix::UniqueFd socket, const Settings& settings, Counters& counters);

    int fd() const { return socket_.get(); }
    bool is_open() const { return static_cast<bool>(socket_); }

    /// Answers those that wait, up to a turn's share: the socket stays readable where there are more.
    void answer();
    /// The server stops: answers what has come, up to a turn's share, and closes.
    void drain();

private:
    bool answer_one();

    posix::UniqueFd socket_;
    const Settings& settings_;
    Counters& counters_;
    std::vector<std::byte> buffer_;
};

}  // namespace iomux::server
