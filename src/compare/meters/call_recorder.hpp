#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "compare/meters/traced_call.hpp"

namespace iomux::compare {

/// Writes down the system calls of a process that is traced.
class CallRecorder {
public:
    explicit CallRecorder(pid_t process) : process_(process) {}

    /// For the tracer, on its own thread: see Tracer::OnStop.
    void stopped(pid_t thread, int status);

    /// How many calls have been made or have returned.
    std::size_t stops() const { return stops_; }
    /// How many of them have found something.
    std::size_t fruitful() const { return fruitful_; }
    /// Those that have returned since then, in the order in which they were made.
    std::vector<TracedCall> calls_since(posix::Clock::time_point begin) const;

private:
    TracedCall entered(pid_t thread, const CallEntry& entry);
    void returned(TracedCall call, std::int64_t result);
    std::string descriptor_kind(std::uint64_t descriptor) const;

    const pid_t process_;
    std::map<pid_t, std::size_t> threads_;      // by number
    std::map<pid_t, TracedCall> on_their_way_;  // a call for each thread
    std::atomic<std::size_t> stops_ = 0;
    std::atomic<std::size_t> fruitful_ = 0;
    mutable std::mutex mutex_;  // of what follows
    std::vector<TracedCall> calls_;
};

}  // namespace iomux::compare
