#include "load/engine/connection.hpp"

#include <array>

namespace iomux::load {

void Connection::close() {
    fd_.reset();
    outstanding_ = 0;
}

Connection::Sent Connection::send_some() {
    // send(2) is cheaper than sendmsg(2).
    if (const protocol::Bytes piece = outbox_.single_piece(); !piece.empty())
        return sent(posix::send(fd(), piece), piece.size());
    std::array<iovec, Outbox::most_pieces> storage;
    const std::span pieces = std::span(storage).first(outbox_.gather(storage));
    std::size_t offered = 0;
    for (const iovec& piece : pieces) offered += piece.iov_len;
    return sent(posix::send(fd(), pieces), offered);
}

Connection::Sent Connection::sent(posix::IoResult transfer, std::size_t offered) {
    return {transfer, outbox_.sent(transfer.size), transfer.size < offered};
}

}  // namespace iomux::load
