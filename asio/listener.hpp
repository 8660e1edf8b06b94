#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>

#include "posix/unique_fd.hpp"
#include "stream.hpp"

namespace iomux::asio {

using Listener = net::basic_socket_acceptor<Protocol, Executor>;

/// Makes an Asio acceptor from a socket that already listens.
Listener listener_on(posix::UniqueFd socket, const Executor& executor);

/// Sets close-on-exec (FD_CLOEXEC) on a socket that Asio has accepted.
Stream closed_on_exec(Stream socket);

}  // namespace iomux::asio
