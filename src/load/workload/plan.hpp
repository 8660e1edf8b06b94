#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posix/endpoint.hpp"

namespace iomux::load {

/// How long a server is under load before the first cycle, uncounted: at least `least`, then until the costs of the
/// last two halves of that time agree, and at most `longest`. If both are equal, the costs do not matter.
struct WarmUpLimits {
    std::chrono::nanoseconds least{0};
    std::chrono::nanoseconds longest{0};
};

/// A server that the load visits in turns.
struct Target {
    std::string name;
    posix::Endpoint endpoint;
    /// The processes whose CPU time is measured; may be empty. A caller of `conduct` may set them once the load has
    /// connected.
    std::vector<pid_t> processes;
    /// Whether they may be stopped between the turns, see `conduct`.
    bool pausable = true;
    WarmUpLimits warm_up = {};
    /// Instead of `Workload::patience`, if it is known that some connections will not be served.
    std::optional<std::chrono::nanoseconds> patience = {};
};

/// Which servers have turns, how many and how long. In each cycle every server has one turn, in a random order. Without
/// cycles the load only connects to the servers.
struct Plan {
    std::vector<Target> targets;
    std::size_t warmup_cycles = 3;  ///< Before the others, and not reported.
    std::size_t cycles = 20;
    std::chrono::nanoseconds prelude = std::chrono::milliseconds(2);  ///< At the beginning of each turn; not counted.
    std::chrono::nanoseconds slice = std::chrono::milliseconds(20);   ///< The counted part of a turn.
    std::uint64_t seed = 1;                                           ///< For the order of the turns.
    /// The processes of the targets are set once the load has connected: a server may start one for each connection.
    bool asks_for_processes = false;
};

}  // namespace iomux::load
