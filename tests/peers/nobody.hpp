#pragma once

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::testing_support {

/// An address where nobody is, and where nobody comes while this lives: a port that was let go is another's soon, in
/// tests that run at once.
class Nobody {
public:
    /// Who connects is refused.
    static Nobody at_connections();
    /// Who sends is told that nobody is there.
    static Nobody at_datagrams();

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    explicit Nobody(int type);

    posix::UniqueFd holder_;
    posix::Endpoint endpoint_;
};

}  // namespace iomux::testing_support
