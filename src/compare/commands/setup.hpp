#pragma once

#include <span>
#include <string_view>

#include "compare/results/results.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {

/// Throws cli::UsageError where none of them has the baseline that is asked for.
void check_baseline(std::span<const ServerList> rosters, std::string_view baseline);

/// Says on standard error where the load's threads must share cores.
void warn_of_shared_cores(const Cores& cores, std::size_t load_threads);

/// Results without experiments as yet, of this machine and now.
Results begin_results(const Plan& plan, bool quick);

/// Whether all that could be measured was. Throws std::runtime_error where everything was skipped.
bool all_measured(const Results& results);

}  // namespace iomux::compare
