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

/// Numbers of system calls.
struct CallCounts {
    std::map<std::string, std::uint64_t> by_name;  ///< Only calls that have a counter of their own.
    std::uint64_t all = 0;                         ///< All calls, including those without a counter of their own.
};

/// The calls between two readings.
CallCounts operator-(const CallCounts& later, const CallCounts& earlier);

/// The kernel's tracepoints at the entry of system calls: one for each counted name, and one for all calls. While this
/// object lives, every process of the machine takes a slower path at each system call. Closing takes the kernel some
/// milliseconds per tracepoint. Therefore one object is used for all servers in turn, and none exists during measured
/// rounds.
class Tracepoints {
public:
    /// Throws std::system_error if the kernel has no tracepoints or this process may not use them.
    Tracepoints();

private:
    friend class CallCounters;
    struct Tracepoint {
        std::string name;  ///< Empty for the tracepoint of all calls.
        std::uint64_t id;
        posix::UniqueFd kept;  ///< A disabled counter that keeps the tracepoint in use.
    };
    std::vector<Tracepoint> all_;
};

/// Counts the system calls of processes: those of their current threads, and of all threads and processes that these
/// start later, including those that have ended. The kernel counts in its tracepoints; no process is stopped.
class CallCounters {
public:
    /// Throws std::system_error.
    CallCounters(const Tracepoints& tracepoints, std::span<const pid_t> processes);

    /// Counts since construction. A call counts when it begins.
    CallCounts read() const;

private:
    struct Counter {
        std::string name;  ///< The tracepoint's name.
        posix::UniqueFd fd;
    };

    void count_calls_of(std::span<const pid_t> threads, const Tracepoints& tracepoints);

    posix::RaisedDescriptorLimit descriptors_;  // one descriptor per name and thread
    std::vector<Counter> counters_;
};

}  // namespace iomux::compare
