#pragma once

#include <string>
#include <vector>

#include "posix/unique_fd.hpp"

namespace iomux::posix {

/// A descriptor that the service manager opened before it started this process.
struct HandedOver {
    UniqueFd fd;
    std::string name;  ///< The service manager's name for it; may be empty.

    /// `descriptor 3 (iomux.socket)`
    std::string text() const;
};

/// Takes the descriptors that a service manager has opened for this process, by the protocol of sd_listen_fds(3):
/// LISTEN_PID is the process, LISTEN_FDS the number of descriptors, which start at 3, and LISTEN_FDNAMES their names.
/// The descriptors become close-on-exec and the variables are removed, so that no child process uses them.
/// Returns nothing if LISTEN_PID is another process. Throws std::runtime_error if a variable is malformed, and
/// std::system_error if a descriptor does not exist.
std::vector<HandedOver> take_handed_over();

}  // namespace iomux::posix
