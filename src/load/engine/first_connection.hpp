#pragma once

#include "load/engine/event_loop.hpp"
#include "load/workload/workload.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::load {

/// The first connection of a load. Large messages take seconds to make, so it is opened before that: a server that
/// cannot be reached is reported at once.
class FirstConnection {
public:
    /// Waits until the socket has connected, at most the workload's `stall_limit`. Throws std::system_error if it has
    /// failed.
    void await(posix::UniqueFd socket, EventLoop& loop, const Workload& workload);

    /// The socket, for the first request. Nothing if it has been taken, or if the server has closed it meanwhile, such
    /// as for its idle timeout.
    posix::UniqueFd take();

private:
    posix::UniqueFd socket_;
};

}  // namespace iomux::load
