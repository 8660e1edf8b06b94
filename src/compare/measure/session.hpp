#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/measure/round.hpp"
#include "compare/measure/warm_up.hpp"
#include "load/workload/plan.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {

/// What one session does: see iomux-load --conduct.
struct SessionPlan {
    std::size_t warmup_cycles = 3;                                   ///< Before the others, and not counted.
    std::size_t cycles = 10;                                         ///< In each, every server has one turn.
    std::chrono::nanoseconds slice = std::chrono::milliseconds(20);  ///< The counted part of a turn.
    std::uint64_t seed = 0;  ///< For the order of the turns and the padding of the environments.
    /// For each of the servers: its own warm-up, before the first cycle. Empty: none has one.
    std::vector<load::WarmUpLimits> warm_ups = {};
    /// For each of the servers: whether it is known to starve connections. Then the load hardly waits for them. Empty:
    /// none is.
    std::vector<bool> starving = {};
};

/// What a session measured of one server.
struct SessionShare {
    std::optional<Round> round;         ///< Its slices; nothing if it failed.
    std::optional<std::string> failed;  ///< Why.
    /// It failed because its processes came or went, such as one for each connection. Windows can measure it.
    bool processes_changed = false;
    std::optional<WarmUp> warmup = {};  ///< Nothing if it had no warm-up of its own.
};

/// A turn of a server.
struct TurnSample {
    std::size_t server = 0;  ///< Its place among the specs.
    std::size_t cycle = 0;   ///< The first is 0.
    double messages = 0;
    double seconds = 0;
    std::chrono::nanoseconds cpu{0};  ///< CPU time of the server's processes.
    /// When their clocks were read for `cpu`. In between, they worked only for these messages.
    posix::Clock::time_point begin = {};
    posix::Clock::time_point end = {};
};

/// What else happens in a session.
struct SessionHooks {
    /// Called after each turn that counts.
    std::function<void(const TurnSample&)> turn_ended = [](const TurnSample&) {};
    /// Called for each server before the first turn, with its place among the specs and its processes. The load has
    /// connected and waits.
    std::function<void(std::size_t, const std::vector<pid_t>&)> connected = [](std::size_t, const std::vector<pid_t>&) {
    };
};

/// Why turns of one load cannot measure this work, as a clause (`clients flood the servers`); nothing if they can.
std::optional<std::string> reason_against_sessions(const TestSetup& setup, std::size_t servers);

/// Starts all servers afresh, each with an environment of another size. One load generator then visits them in turns of
/// some milliseconds, in a random order, so that what disturbs the machine affects all alike. At the end all servers
/// stop. A server that fails does not affect the others.
///
/// Returns a share for each of the specs. If the load generator fails or does not finish all turns, all have failed.
std::vector<SessionShare> run_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                      const SessionPlan& plan, const SessionHooks& hooks);

}  // namespace iomux::compare
