#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "posix/clock.hpp"

namespace iomux::compare {

/// What a thread's registers contained in user space.
struct SampledRegisters {
    std::uint64_t stack_pointer = 0;
    std::uint64_t frame_pointer = 0;
    std::uint64_t link = 0;  ///< The return address, if the processor keeps it in a register.

    bool operator==(const SampledRegisters&) const = default;
};

/// Where a thread was when its CPU clock ticked. Addresses are those of the instructions, the innermost frame first; of
/// a caller, it is the address behind the call.
struct StackSample {
    posix::Clock::time_point time;
    pid_t process = 0;
    pid_t thread = 0;
    std::vector<std::uint64_t> kernel = {};  ///< Empty: the thread ran in user space.
    std::vector<std::uint64_t> user = {};
    SampledRegisters registers = {};
    std::vector<std::byte> stack = {};  ///< What the stack pointer points to, and what is above it.
};

}  // namespace iomux::compare
