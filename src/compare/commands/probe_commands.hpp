#pragma once

#include <span>

#include "compare/claims/claims_measurement.hpp"
#include "compare/measure/progress.hpp"
#include "compare/mechanisms/monitor.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Measures the bare mechanisms: select, poll, epoll and io_uring without servers.
MonitorRun run_monitor(bool quick, Progress& progress);

/// Tests the claims of the article the project started from (Python I/O multiplexing, 2020). Figures that `scenarios`
/// contain are not measured again.
ClaimsResult run_claims(const MonitorRun& monitor, std::span<const Experiment> scenarios, bool quick,
                        Progress& progress);

/// `iomux-compare monitor [--quick] [--json FILE]`: measures the bare mechanisms and prints the tables. `argv` begins
/// with `monitor`. Returns the exit status; throws cli::UsageError, std::system_error and Interrupted.
int monitor_command(int argc, const char* const* argv);

/// `iomux-compare claims [--quick] [--json FILE] [--events FILE]`: tests the claims and prints each with its verdict.
/// `argv`, the result and the exceptions are as for `monitor_command`.
int claims_command(int argc, const char* const* argv);

}  // namespace iomux::compare
