#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/measure/round.hpp"
#include "compare/meters/call_counters.hpp"

namespace iomux::compare {

/// The system calls of a server per message.
struct SystemCalls {
    enum class Source {
        tracepoints,  ///< Counted by the kernel, without perturbing the server.
        strace,       ///< Counted by strace, which perturbs the result.
    };
    Source source = Source::tracepoints;
    /// Calls per message by name, the most frequent first. `other` are calls without a counter of their own.
    std::vector<std::pair<std::string, double>> per_message;
    double all_per_message = 0;

    /// How often the server waits for events per message: calls of epoll_wait(2), poll(2), select(2),
    /// io_uring_enter(2) and their variants. This includes calls that return immediately because events are pending,
    /// and calls of io_uring_enter(2) that only submit. Nothing if the server makes no such call: it waits in calls
    /// that transfer bytes, for threads, or for time.
    std::optional<double> waits_per_message() const;
};

/// `tracepoints`, `strace`
std::string_view name_of(SystemCalls::Source source);

/// `epoll_wait 0.50, recvfrom 1.00; 2.00 messages per wait`. Calls rarer than one per 100 messages are left out. Says
/// so if strace counted.
std::string text_of(const SystemCalls& calls);

/// The calls per message of a window in which the server received `messages` messages.
SystemCalls calls_per_message(const CallCounts& window, double messages, SystemCalls::Source source);

/// Counts with tracepoints, or with strace if tracepoints are not permitted.
class SystemCallMeter {
public:
    SystemCallMeter();

    /// Puts the server under load for a short time, and counts. Counting costs the server time, so this is separate
    /// from the measured rounds. Throws std::runtime_error or std::system_error if neither method works or the load
    /// fails.
    SystemCalls count(const ServerSpec& spec, const TestSetup& setup) const;

private:
    std::optional<Tracepoints> tracepoints_;
    std::string no_tracepoints_;  // the reason why there are none
};

}  // namespace iomux::compare
