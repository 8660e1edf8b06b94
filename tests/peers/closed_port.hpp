#pragma once

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::testing_support {

/// An address without a server. It holds the port while it lives, because tests run at the same time and another
/// process could soon reuse a port that was released.
class ClosedPort {
public:
    /// TCP: a connection is refused.
    static ClosedPort of_connections();
    /// UDP: a datagram is answered with an ICMP error (ECONNREFUSED).
    static ClosedPort of_datagrams();

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    explicit ClosedPort(int type);

    posix::UniqueFd holder_;
    posix::Endpoint endpoint_;
};

}  // namespace iomux::testing_support
