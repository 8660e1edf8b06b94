#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "compare/meters/call_counters.hpp"

namespace iomux::compare {

/// Counts the system calls of a program with strace, which stops the program at each call. The program runs many times
/// slower, and calls that depend on the amount of pending work change in number.
class Strace {
public:
    using Time = std::chrono::sys_time<std::chrono::microseconds>;

    /// Throws std::runtime_error if strace is not installed.
    Strace();

    /// The words to put before a command. The program keeps its process, and all processes that it starts are traced.
    std::vector<std::string> runner() const;
    /// The calls in the output so far that began in [from, to).
    CallCounts count(Time from, Time to) const;

private:
    std::string program_;
    posix::UniqueFd log_;
};

/// Parses a log with a line such as `4711 1700000000.000001 read(0x3, 0x7f, 0x40) = 0x40` for each call.
CallCounts count_calls(std::string_view log, Strace::Time from, Strace::Time to);

}  // namespace iomux::compare
