#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>

namespace iomux::compare {

/// How often each system call is made, by its number (SYS_…).
using SystemCallCounts = std::map<long, std::size_t>;

/// A system call that a process is about to make.
struct CallEntry {
    long number;  ///< SYS_…
    std::array<std::uint64_t, 6> arguments;
};
/// What the kernel has answered to it: an error's number, negated, is one of -4095 to -1.
struct CallExit {
    std::int64_t result;
};
/// What a process has stopped for (ptrace(2), with PTRACE_O_TRACESYSGOOD), where that is a system call.
std::optional<std::variant<CallEntry, CallExit>> call_stop(pid_t stopped, int status);

/// Adds the system call to the counts, where it is about to make one.
void count_call(pid_t stopped, int status, SystemCallCounts& counts);

/// Lets it run to its next system call, with the signal that it has stopped for. Throws std::system_error.
void run_on(pid_t stopped, int status);

}  // namespace iomux::compare
