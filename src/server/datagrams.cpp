#include "server/datagrams.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "posix/io_result.hpp"

namespace iomux::server {
namespace {

// Enough for in_pktinfo and for in6_pktinfo.
constexpr std::size_t control_size = CMSG_SPACE(sizeof(in6_pktinfo));

}  // namespace

Datagrams::Datagrams(posix::UniqueFd socket, const Settings& settings, Counters& counters)
    : socket_(std::move(socket)), settings_(settings), counters_(counters), buffer_(is_open() ? longest : 0) {}

void Datagrams::answer() {
    for (int left = settings_.limits.datagrams_per_turn; left > 0 && answer_one(); --left) continue;
}

void Datagrams::drain() {
    if (!is_open()) return;
    answer();
    socket_.reset();
}

// Returns false if there is no datagram to receive.
bool Datagrams::answer_one() {
    sockaddr_storage peer;
    // Holds the address that the client sent to. Passed to send, it becomes the reply's source (ip(7), IP_PKTINFO).
    alignas(cmsghdr) std::array<std::byte, control_size> control;
    std::array<iovec, 2> pieces{{{buffer_.data(), buffer_.size()}, {}}};
    msghdr message{};
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
    message.msg_iov = pieces.data();
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const posix::IoResult got = posix::receive(fd(), message);
    if (got.would_block()) {
        ++counters_.would_block;
        return false;
    }
    // The error belongs to an earlier reply, whose address could not be reached. That reply is lost, no other.
    if (got.error != 0) return true;
    ++counters_.datagrams_received;
    counters_.bytes_received += got.size;
    if (settings_.protocol.service == protocol::Service::discard) return true;

    const std::string_view suffix = settings_.protocol.reply_suffix();
    pieces[0].iov_len = got.size;
    pieces[1] = {const_cast<char*>(suffix.data()), suffix.size()};
    message.msg_iovlen = suffix.empty() ? 1 : 2;
    message.msg_flags = 0;
    // If the send buffer is full, the reply is dropped, even if the socket blocks.
    const posix::IoResult sent = posix::send(fd(), message, MSG_DONTWAIT);
    ++(sent.error == 0 ? counters_.datagrams_sent : counters_.datagrams_dropped);
    counters_.bytes_sent += sent.size;
    return true;
}

}  // namespace iomux::server
