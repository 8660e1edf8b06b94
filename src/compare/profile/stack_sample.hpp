#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "posix/clock.hpp"

namespace iomux::compare {

/// Where a thread was when its CPU clock ticked. Addresses are those of the instructions, the innermost frame first; of
/// a caller, it is the address behind the call.
struct StackSample {
    posix::Clock::time_point time;
    pid_t process = 0;
    pid_t thread = 0;
    std::vector<std::uint64_t> kernel = {};  ///< Empty: the thread ran in user space.
    std::vector<std::uint64_t> user = {};
};

}  // namespace iomux::compare
