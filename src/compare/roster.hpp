#pragma once

#include <string>
#include <vector>

#include "compare/options.hpp"

namespace iomux::compare {

/// Who is to be compared.
struct Roster {
    std::vector<Contestant> contestants;
    std::vector<std::string> missing;  ///< Programs whose servers should be here and are not: why, for people.
};

/// The servers that the options name, or those of the programs that are compared by default, or all; and the brought
/// ones. A server of a program that could not be built here is among those that are named, as one that is unavailable.
/// Throws cli::UsageError where a name is unknown or given twice.
Roster make_roster(const Options& options);

}  // namespace iomux::compare
