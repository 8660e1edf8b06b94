#include "ready_peer.hpp"

#include <utility>

#include "posix/socket.hpp"

namespace iomux::asio {

namespace {

server::Client client_of(Stream& socket, const server::PeerName& name, server::Seat seat) {
    posix::UniqueFd fd(socket.release());
    posix::keep_from_blocking(fd.get());
    return {std::move(fd), name, std::move(seat)};
}

}  // namespace

ReadyPeer::ReadyPeer(Stream socket, Peers<ReadyPeer>& peers, const server::PeerName& name, server::Seat seat)
    : Connection(client_of(socket, name, std::move(seat)), peers.loop()),
      peers_(peers),
      waited_(socket.get_executor()) {
    error_code error;
    waited_.assign(fd(), error);
    if (error) failed(error.value());
    peers_.add(*this);
}

ReadyPeer::~ReadyPeer() { peers_.remove(*this); }

void ReadyPeer::write_some() {
    if (std::exchange(asked_to_drain_, false)) drain();
    Connection::write_some();
}

void ReadyPeer::ask_to_drain() {
    asked_to_drain_ = true;
    end_wait();
}

void ReadyPeer::expire() {
    Connection::expire();
    expired_ = true;
    end_wait();
}

void ReadyPeer::end_wait() {
    error_code was_never_watched;
    waited_.cancel(was_never_watched);
}

}  // namespace iomux::asio
