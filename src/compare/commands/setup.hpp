#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "compare/results/results.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {

/// Prints a warning for each program whose servers are missing, once for all lists.
void warn_of_missing_servers(std::span<const ServerList> server_lists);

/// Throws cli::UsageError if none of the lists contains the server that `--baseline` names.
void check_baseline(std::span<const ServerList> server_lists, std::string_view baseline);

/// Prints a warning if the threads of the load generator must share cores.
void warn_of_shared_cores(const Cores& cores, std::size_t load_threads);

/// The cores of the server and of the load generator; all that this process may use, if they are not pinned.
std::vector<int> measured_cores(const Cores& cores);

/// The environment, with a check of what else runs on these cores. Prints a warning if the results will be less
/// certain. If there is an earlier environment, the results are of both times: see `worse_of`.
boost::json::object check_environment(std::vector<int> cores, const boost::json::object& earlier = {});

/// Results with the environment and the current time, but without experiments. Checks these cores.
Results begin_results(const Plan& plan, bool quick, std::vector<int> cores);

/// Returns whether every server that was not skipped was measured. Throws std::runtime_error if all were skipped.
bool all_measured(const Results& results);

}  // namespace iomux::compare
