#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "load/result/result.hpp"
#include "posix/clock.hpp"

namespace iomux::load {

/// One turn of one server.
struct Turn {
    std::size_t cycle = 0;   ///< From 0, without those of the warm-up.
    std::size_t target = 0;  ///< Its place in the plan.
    Window counted;          ///< From the slice's first request to its last reply.
    /// CPU time of the target's processes from before the first request to after the last reply.
    std::chrono::nanoseconds cpu{0};
    /// When the clocks were read for `cpu`. In between, the processes work only for the slice.
    posix::Clock::time_point begin, end;
    /// CPU time of the processes from the end of the target's previous turn to the beginning of this one.
    std::chrono::nanoseconds cpu_between{0};
};

/// All turns of one server.
struct TargetResult {
    Result result;
    bool paused = false;  ///< Its processes were stopped between the turns.
    /// The share of a core that the processes used out of turn while they were not stopped. Nothing without processes.
    std::optional<double> cpu_share_between;
    std::chrono::nanoseconds warm_up{0};  ///< How long it was under load before the first cycle.
    std::optional<bool>
        settled;  ///< Whether its cost had settled then. Nothing without processes, or if the plan sets the time.
};

}  // namespace iomux::load
