#include "listener.hpp"

#include <fcntl.h>

#include "posix/endpoint.hpp"

namespace iomux::asio {

Listener listener_on(posix::UniqueFd socket, const Executor& executor) {
    const int family = posix::Endpoint::local(socket.get()).family();
    Listener listener(executor, Protocol(family, 0), socket.get());
    socket.release();
    // Otherwise Asio keeps to itself that a client went before it was accepted, and tries again.
    listener.set_option(net::socket_base::enable_connection_aborted(true));
    return listener;
}

Stream closed_on_exec(Stream socket) {
    // Asio accepts with accept(2), which knows no SOCK_CLOEXEC. What fails here shows at the first read.
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    return socket;
}

}  // namespace iomux::asio
