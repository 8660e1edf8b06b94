#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/measure/round.hpp"
#include "compare/meters/call_counters.hpp"

namespace iomux::compare {

/// What a server asks of the kernel for one message.
struct SystemCalls {
    enum class Source {
        tracepoints,  ///< The kernel counted, beside what it did.
        strace,       ///< Counted by strace, which changes what it counts.
    };
    Source source = Source::tracepoints;
    /// Calls a message by their names, the most frequent first; `other` are those that are not told apart.
    std::vector<std::pair<std::string, double>> a_message;
    double all_a_message = 0;

    /// How often the server waited for events: calls of epoll_wait(2), poll(2), select(2) and io_uring_enter(2) and
    /// of their kind, each of which returns once. One that returns at once, for there is something to do, is among
    /// them, and so is one of io_uring_enter(2) that only submits. Nothing of a server that makes none of them: it
    /// waits in calls that move bytes, or for threads, or for time.
    std::optional<double> waits_a_message() const;
};

/// `tracepoints`, `strace`
std::string_view name_of(SystemCalls::Source source);

/// `epoll_wait 0.50, recvfrom 1.00; 2.00 messages a wait`; what is rarer than one in a hundred messages is left out. Of
/// strace it says so.
std::string text_of(const SystemCalls& calls);

/// Of a window in which the server was sent so many messages.
SystemCalls calls_a_message(const CallCounts& window, double messages, SystemCalls::Source source);

/// Counts by tracepoints, or by strace where those are not for us.
class SystemCallMeter {
public:
    SystemCallMeter();

    /// Puts the server under the load for a moment, and counts. That costs the server time, so no round is measured by
    /// it. Throws std::runtime_error or std::system_error where nothing can count, or there is no load.
    SystemCalls count(const ServerSpec& spec, const TestSetup& setup) const;

private:
    std::optional<Tracepoints> tracepoints_;
    std::string no_tracepoints_;  // why
};

}  // namespace iomux::compare
