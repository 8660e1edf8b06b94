#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "compare/meters/tracing.hpp"

namespace iomux::compare {

/// Stops a running child process, with all its threads, at each system call. A separate thread traces it. The process
/// is released when that thread ends, so other waits for the child are not disturbed.
class Tracer {
public:
    /// Called on the tracing thread with the stopped thread and its status (waitpid(2)).
    using OnStop = std::function<void(pid_t thread, int status)>;

    /// Returns once the process is traced. Throws std::system_error if tracing is forbidden.
    Tracer(pid_t process, OnStop on_stop);
    /// Kills the process, if it is still traced.
    ~Tracer();
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// Stops calling `on_stop`. The process is released at its next stop.
    void request_end() { ending_ = true; }
    /// Waits until the process is released or has ended. Throws std::system_error if tracing failed. Call it only
    /// once.
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
