#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "library.hpp"

namespace iomux::asio {

using Protocol = net::generic::stream_protocol;  // TCP over IPv4 and IPv6, and Unix sockets
using Stream = net::basic_stream_socket<Protocol, Executor>;

}  // namespace iomux::asio
