#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "compare/meters/meters.hpp"
#include "compare/meters/traced_call.hpp"

namespace iomux::compare {

/// Records the system calls of a traced process.
class CallRecorder {
public:
    explicit CallRecorder(pid_t process) : process_(process) {}

    /// The tracer's callback, called on the tracer's thread: see Tracer::OnStop.
    void stopped(pid_t thread, int status);

    /// The number of entries to and returns from system calls so far.
    std::size_t stops() const { return stops_; }
    /// The number of calls so far that found something.
    std::size_t fruitful() const { return fruitful_; }
    /// The calls that returned after `begin`, in the order in which they were made.
    std::vector<TracedCall> calls_since(posix::Clock::time_point begin) const;

private:
    struct CallInProgress {
        TracedCall call;
        std::optional<ContextSwitches> switches_before;
    };

    TracedCall entered(pid_t thread, const CallEntry& entry);
    void returned(TracedCall call, std::int64_t result);
    std::string descriptor_kind(std::uint64_t descriptor) const;

    const pid_t process_;
    std::map<pid_t, std::size_t> threads_;         // index by thread ID, in order of first call
    std::map<pid_t, CallInProgress> in_progress_;  // at most one per thread
    std::atomic<std::size_t> stops_ = 0;
    std::atomic<std::size_t> fruitful_ = 0;
    mutable std::mutex mutex_;  // guards calls_
    std::vector<TracedCall> calls_;
};

}  // namespace iomux::compare
