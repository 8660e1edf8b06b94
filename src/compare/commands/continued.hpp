#pragma once

#include <optional>
#include <string>

#include "compare/commands/options.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Adds `--continue`.
void add_continue_option(boost::program_options::options_description& options);
/// Its value; nothing without it. Throws cli::UsageError if an option contradicts what the file says.
std::optional<std::string> continued_of(const boost::program_options::variables_map& values);

/// The comparison in the file that `--continue` names: its only point has the sessions so far, its servers can be
/// started again, and the plan counts all sessions. Throws cli::UsageError or std::runtime_error if its sessions and
/// new ones must not be pooled, or if there is nothing to measure.
Results results_to_continue(const Options& options);

}  // namespace iomux::compare
