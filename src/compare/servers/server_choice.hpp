#pragma once

#include <vector>

#include "compare/servers/selection.hpp"

namespace iomux::compare {

/// Which servers are compared.
struct ServerChoice {
    /// The servers of the default programs, of all programs, or the servers that are named.
    enum class Which { usual, all, named } which = Which::usual;
    std::vector<Selection> servers;
    Repeats repeats = Repeats::refused;  ///< Of the named servers.
    std::vector<ServerSpec> brought;     ///< Brought and attached servers.
};

}  // namespace iomux::compare
