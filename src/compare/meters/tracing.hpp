#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>

namespace iomux::compare {

/// The number of calls of each system call, by its number (SYS_…).
using SystemCallCounts = std::map<long, std::size_t>;

/// A system call that a process is about to make.
struct CallEntry {
    long number;  ///< SYS_…
    std::array<std::uint64_t, 6> arguments;
};
/// The kernel's result. -4095 to -1 is a negated errno.
struct CallExit {
    std::int64_t result;
};
/// Why a process stopped, if it stopped at a system call (ptrace(2), with PTRACE_O_TRACESYSGOOD).
std::optional<std::variant<CallEntry, CallExit>> call_stop(pid_t stopped, int status);

/// Increments the call's counter if the process stopped at the entry of a system call.
void count_call(pid_t stopped, int status, SystemCallCounts& counts);

/// Resumes the thread until its next system call, and delivers the signal that it stopped for. Throws
/// std::system_error.
void run_on(pid_t stopped, int status);

}  // namespace iomux::compare
