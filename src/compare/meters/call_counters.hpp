#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "posix/limits.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// How often system calls were made.
struct CallCounts {
    std::map<std::string, std::uint64_t> by_name;  ///< Of those that are told apart.
    std::uint64_t all = 0;                         ///< Those that are not told apart too.
};

/// Of what was counted at two moments, what came between.
CallCounts operator-(const CallCounts& later, const CallCounts& earlier);

/// The kernel's tracepoints at which system calls begin: one for each name that is told apart, and one for all.
/// As long as this object lives every process on the machine makes a detour at each of its calls; and its end takes the
/// kernel some milliseconds for each tracepoint. So it is there for one server after the other, and for no round.
class Tracepoints {
public:
    /// Throws std::system_error where the kernel has none, or they are not for us.
    Tracepoints();

private:
    friend class CallCounters;
    struct Tracepoint {
        std::string name;  ///< Empty: every call.
        std::uint64_t id;
        posix::UniqueFd kept;  ///< A counter that counts nothing, and keeps the tracepoint in use.
    };
    std::vector<Tracepoint> all_;
};

/// Counts the system calls of processes: those of the threads that they have now, and of every thread and process that
/// these start from now on, the ended ones included. The kernel counts, in its tracepoints, and stops nobody.
class CallCounters {
public:
    /// Throws std::system_error.
    CallCounters(const Tracepoints& tracepoints, std::span<const pid_t> processes);

    /// From construction on. A call counts when it begins.
    CallCounts read() const;

private:
    struct Counter {
        std::string name;  ///< As its tracepoint's.
        posix::UniqueFd fd;
    };

    posix::RaisedDescriptorLimit descriptors_;  // one for each of the names, for each of the threads
    std::vector<Counter> counters_;
};

}  // namespace iomux::compare
