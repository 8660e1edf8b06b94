#include "reactor_connection.hpp"

#include "posix/socket.hpp"

namespace iomux::asio {

namespace {

server::AcceptedSocket accepted_from(Stream& socket, const server::PeerName& name, server::ConnectionSlot slot) {
    posix::UniqueFd fd(socket.release());
    posix::keep_from_blocking(fd.get());
    return {std::move(fd), name, std::move(slot)};
}

}  // namespace

ReactorConnection::ReactorConnection(Stream socket, Connections<ReactorConnection>& connections,
                                     const server::PeerName& name, server::ConnectionSlot slot)
    : Connection(accepted_from(socket, name, std::move(slot)), connections.loop()),
      connections_(connections),
      waited_(socket.get_executor()) {
    error_code error;
    waited_.assign(fd(), error);
    if (error) failed(error.value());
    connections_.add(*this);
}

ReactorConnection::~ReactorConnection() { connections_.remove(*this); }

void ReactorConnection::ask_to_drain() {
    drain();
    wake();
}

void ReactorConnection::ask_to_end() {
    expire();
    wake();
}

void ReactorConnection::wake() {
    error_code ignored;  // it fails if the socket could not be added to Asio's set
    waited_.cancel(ignored);
}

}  // namespace iomux::asio
