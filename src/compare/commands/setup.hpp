#pragma once

#include <span>
#include <string>
#include <string_view>

#include "compare/commands/options.hpp"
#include "compare/results/results.hpp"
#include "compare/servers/roster.hpp"

namespace iomux::compare {

/// Throws cli::UsageError where none of them has the baseline that is asked for.
void check_baseline(std::span<const Roster> rosters, std::string_view baseline);

/// Those that the options name, or the usual ones of this machine. Where the
/// load's threads must share cores, that is said on standard error.
Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads = 1);

/// What rounds of the work have in common. Takes this process off the servers' cores, and raises its limit of
/// descriptors where the work needs it. Throws std::runtime_error where that is not enough.
Bench make_bench(const Work& work, const Cores& cores);

/// Results without experiments as yet, of this machine and now.
Results begin_results(const Plan& plan, bool quick);

/// Runs every point.
void run_points(Experiment& experiment, const std::vector<Contestant>& contestants, const Plan& plan,
                Progress& progress);

/// Whether all that could be measured was. Throws std::runtime_error where everything was skipped.
bool is_well(const Results& results);

}  // namespace iomux::compare
