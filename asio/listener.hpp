#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>

#include "posix/unique_fd.hpp"
#include "stream.hpp"

namespace iomux::asio {

using Listener = net::basic_socket_acceptor<Protocol, Executor>;

/// An Asio acceptor of a socket that listens already.
Listener listener_on(posix::UniqueFd socket, const Executor& executor);

/// A client's socket, which Asio has accepted, kept from children (FD_CLOEXEC).
Stream closed_on_exec(Stream socket);

}  // namespace iomux::asio
