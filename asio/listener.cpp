#include "listener.hpp"

#include <fcntl.h>

#include "posix/endpoint.hpp"

namespace iomux::asio {

Listener listener_on(posix::UniqueFd socket, const Executor& executor) {
    const int family = posix::Endpoint::local(socket.get()).family();
    Listener listener(executor, Protocol(family, 0), socket.get());
    socket.release();
    // Otherwise Asio hides ECONNABORTED, for a client that disconnected before the accept, and tries again.
    listener.set_option(net::socket_base::enable_connection_aborted(true));
    return listener;
}

Stream closed_on_exec(Stream socket) {
    // Asio uses accept(2), which does not take SOCK_CLOEXEC. If this call fails, so does the first read.
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    return socket;
}

}  // namespace iomux::asio
