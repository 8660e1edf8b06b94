#pragma once

#include <span>
#include <vector>

#include "compare/claims/claims.hpp"
#include "compare/measure/progress.hpp"
#include "compare/mechanisms/monitor.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Measures the bare mechanisms.
MonitorResult run_monitor(bool quick, Progress& progress);

/// Tries what the document says. What scenarios have told already is not measured again. Throws Interrupted.
std::vector<Claim> run_claims(const MonitorResult& monitor, std::span<const Experiment> scenarios, bool quick,
                              Progress& progress);

/// `iomux-compare monitor [--quick] [--json FILE]`, the arguments from `monitor` on: measures the bare mechanisms and
/// prints the tables, or answers `--help`. Returns the exit code; throws cli::UsageError, std::system_error and
/// Interrupted.
int monitor_command(int argc, const char* const* argv);

/// `iomux-compare claims [--quick] [--json FILE] [--events FILE]`, likewise: tries what the document says of the
/// models, and prints each claim with its verdict.
int claims_command(int argc, const char* const* argv);

}  // namespace iomux::compare
