#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "compare/meters/tracing.hpp"

namespace iomux::compare {

/// Stops a child process that runs already at each system call, all its threads. A thread of ours traces it, and lets
/// it go by ending: so nobody else's wait for the child is disturbed.
class Tracer {
public:
    /// Called on the thread that traces: who has stopped, and its status (waitpid(2)).
    using OnStop = std::function<void(pid_t thread, int status)>;

    /// Returns once the process is traced. Throws std::system_error where that is forbidden.
    Tracer(pid_t process, OnStop on_stop);
    /// Kills the process, if it is still traced.
    ~Tracer();
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// From now on nobody is told of its stops, and the process is let go at the next.
    void request_end() { ending_ = true; }
    /// Waits until it has been let go, or has ended. Throws std::system_error where tracing has failed. Once.
    void wait_for_end();

private:
    void trace();

    const pid_t process_;
    const OnStop on_stop_;
    std::atomic<bool> ending_ = false;
    std::promise<void> traced_;
    std::promise<void> ended_;
    std::thread thread_;
};

}  // namespace iomux::compare
