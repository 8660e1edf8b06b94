#include "nobody.hpp"

#include <sys/socket.h>

#include "posix/error.hpp"

namespace iomux::testing_support {
namespace {

constexpr const char* what = "cannot reserve a port";

}  // namespace

Nobody::Nobody(int type) : holder_(posix::check(::socket(AF_INET, type | SOCK_CLOEXEC, 0), what)) {
    const posix::Endpoint any_port = posix::Endpoint::internet("127.0.0.1", 0);
    posix::check(::bind(holder_.get(), any_port.data(), any_port.size()), what);
    endpoint_ = posix::Endpoint::local(holder_.get());
}

Nobody Nobody::at_connections() { return Nobody(SOCK_STREAM); }

// A connected datagram socket receives only from its peer. This one is connected to itself.
Nobody Nobody::at_datagrams() {
    Nobody nobody(SOCK_DGRAM);
    posix::check(::connect(nobody.holder_.get(), nobody.endpoint_.data(), nobody.endpoint_.size()), what);
    return nobody;
}

}  // namespace iomux::testing_support
