#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace iomux::load {

/// What a server's processes use of the CPU while the server has nothing to do.
class Rest {
public:
    /// A server that uses a larger share of a core spins.
    static constexpr double largest_share = 0.005;
    /// Within this time the clock of a process that spins has grown, although the kernel updates it only at a tick,
    /// every 4 ms. What is shorter shows nothing.
    static constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(10);

    void observe(std::chrono::nanoseconds cpu, std::chrono::nanoseconds time);

    /// Most observations show that it spins. A single one may be wrong: a clock may be late, a runtime may compile, and
    /// a process that spins may have had to wait for the core.
    bool is_spinning() const { return spinning_ > resting_; }
    /// The same, or as many show that it does not, or there is no observation.
    bool may_be_spinning() const { return spinning_ >= resting_; }
    /// The share of a core over all of the time. Nothing if there is none.
    std::optional<double> share() const;

private:
    std::chrono::nanoseconds cpu_{0};
    std::chrono::nanoseconds time_{0};
    std::size_t spinning_ = 0;  // observations
    std::size_t resting_ = 0;
};

/// The processes of one server, which are stopped (SIGSTOP) while it must not run. The destructor continues them.
class PausedProcesses {
public:
    explicit PausedProcesses(std::span<const pid_t> processes) : processes_(processes.begin(), processes.end()) {}
    ~PausedProcesses() { resume(); }
    PausedProcesses(const PausedProcesses&) = delete;
    PausedProcesses& operator=(const PausedProcesses&) = delete;

    /// Stops all of them. Throws std::system_error if one cannot be stopped.
    void pause();
    /// Continues those that `pause` has stopped.
    void resume() noexcept;

private:
    const std::vector<pid_t> processes_;
};

/// Continues every process that a PausedProcesses has stopped. Async-signal-safe: a signal handler calls it before it
/// ends this process.
void resume_all_processes() noexcept;

}  // namespace iomux::load
