#include "load/engine/connection.hpp"

#include <array>

namespace iomux::load {

void Connection::close() {
    fd_.reset();
    outstanding_ = 0;
}

Connection::Sent Connection::send_pieces() {
    std::array<iovec, Outbox::most_pieces> storage;
    const std::span pieces = std::span(storage).first(outbox_.gather(storage));
    std::size_t offered = 0;
    for (const iovec& piece : pieces) offered += piece.iov_len;
    return sent(posix::send(fd(), pieces), offered);
}

}  // namespace iomux::load
