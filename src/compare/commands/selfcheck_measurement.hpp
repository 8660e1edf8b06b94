#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "compare/commands/selfcheck.hpp"
#include "compare/measure/progress.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

struct SelfCheckPlan {
    std::chrono::nanoseconds budget = std::chrono::seconds(60);  ///< For everything.
    std::optional<std::size_t> sessions = {};                    ///< Of the check; nothing: as many as fit, at least 8.
    std::vector<double> slowed_by = {0.02, 0.05};                ///< A server for each share of the CPU per message.
    std::uint32_t seed = 0;                                      ///< For the order of the servers.
};

inline constexpr std::size_t equal_servers = 8;

/// Every server spins at least for this long per message (`--work`), because the slowed ones do.
inline constexpr std::chrono::nanoseconds least_spin{200};

/// Compares eight equal servers and slowed ones, after a calibration. Nothing if the machine is too noisy to calibrate.
/// Throws std::runtime_error if a measurement fails, and Interrupted.
std::optional<SelfCheck> self_check(const ServerSpec& epoll, const Cores& cores, const SelfCheckPlan& plan,
                                    Progress& progress);

}  // namespace iomux::compare
