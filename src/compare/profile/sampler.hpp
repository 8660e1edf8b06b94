#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/profile/sample_ring.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// How often a running thread is sampled. Not 1,000 times per second, so that the samples do not keep in step with
/// timers.
inline constexpr unsigned samples_per_second = 997;

/// The CPU time that one sample stands for.
inline constexpr std::chrono::duration<double> time_of_a_sample{1.0 / samples_per_second};

/// Samples the stacks of whatever runs on some cores (perf_event_open(2), software event cpu-clock), from its
/// construction on. An idle core is not sampled. Soft interrupts are sampled as a part of the thread that they
/// interrupt, as the thread's CPU clock counts them.
///
/// There is one event for each core instead of one for each thread: switching between threads costs no more than
/// without it, and threads that start later are sampled too.
class Sampler {
public:
    /// Throws std::runtime_error with what to do if it is not permitted.
    explicit Sampler(const std::vector<int>& cores);

    /// All samples since the last call, in no particular order. To be called several times per second, because a buffer
    /// has a limit.
    SampleBatch take();

    /// Stops and continues the sampling. Throw std::system_error.
    void pause();
    void resume();

private:
    struct Core {
        posix::UniqueFd event;
        std::unique_ptr<SampleRing> ring;
    };
    std::vector<Core> cores_;
};

/// Why processes cannot be sampled here, with what to do; nothing if they can.
std::optional<std::string> reason_against_sampling(const std::vector<int>& cores);

}  // namespace iomux::compare
