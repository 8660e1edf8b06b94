#include "closed_port.hpp"

#include <sys/socket.h>

#include "posix/error.hpp"

namespace iomux::testing_support {
namespace {

constexpr const char* what = "cannot reserve a port";

}  // namespace

ClosedPort::ClosedPort(int type) : holder_(posix::check(::socket(AF_INET, type | SOCK_CLOEXEC, 0), what)) {
    const posix::Endpoint any_port = posix::Endpoint::internet("127.0.0.1", 0);
    posix::check(::bind(holder_.get(), any_port.data(), any_port.size()), what);
    endpoint_ = posix::Endpoint::local(holder_.get());
}

ClosedPort ClosedPort::of_connections() { return ClosedPort(SOCK_STREAM); }

// A connected datagram socket receives only from its peer. This one is connected to itself.
ClosedPort ClosedPort::of_datagrams() {
    ClosedPort closed_port(SOCK_DGRAM);
    posix::check(::connect(closed_port.holder_.get(), closed_port.endpoint_.data(), closed_port.endpoint_.size()),
                 what);
    return closed_port;
}

}  // namespace iomux::testing_support
