#pragma once

#include <string>
#include <vector>

#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// A descriptor that was open before this process began, for it to serve.
struct HandedOver {
    UniqueFd fd;
    std::string name;  ///< What the service manager calls it; may be empty.

    /// `descriptor 3 (iomux.socket)`
    std::string text() const;
};

/// The descriptors that a service manager has opened for this process, by the protocol of sd_listen_fds(3): LISTEN_PID
/// says for which process, LISTEN_FDS how many, from 3 on, and LISTEN_FDNAMES how they are called. They are
/// close-on-exec from now on, and the variables are gone, so that no child takes them for its own.
/// None where the variables are another process's. Throws std::runtime_error where they make no sense, and
/// std::system_error where there is no such descriptor.
std::vector<HandedOver> take_handed_over();

}  // namespace iomux::posix
