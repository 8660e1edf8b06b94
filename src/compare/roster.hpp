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

/// The servers that the options name, or all of `iomux-raw` and `iomux-asio`; and the brought ones.
/// Throws cli::UsageError where a name is unknown or given twice.
Roster make_roster(const Options& options);

}  // namespace iomux::compare
