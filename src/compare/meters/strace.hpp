#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "compare/meters/call_counters.hpp"

namespace iomux::compare {

/// Counts the system calls of a program by strace, which stops it at each of them: it runs many times slower, and calls
/// that depend on how much there is to do at once are others than they would be.
class Strace {
public:
    using Time = std::chrono::sys_time<std::chrono::microseconds>;

    /// Throws std::runtime_error where there is no strace.
    Strace();

    /// What a command is to begin with: the program keeps its process, and is traced with all that it starts.
    std::vector<std::string> runner() const;
    /// Of what has been written until now, the calls that began in [from, to).
    CallCounts count(Time from, Time to) const;

private:
    std::string program_;
    posix::UniqueFd log_;
};

/// Of a log with a line such as `4711 1700000000.000001 read(0x3, 0x7f, 0x40) = 0x40` for each call.
CallCounts count_calls(std::string_view log, Strace::Time from, Strace::Time to);

}  // namespace iomux::compare
