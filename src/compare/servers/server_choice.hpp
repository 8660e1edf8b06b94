#pragma once

#include <vector>

#include "compare/servers/selection.hpp"

namespace iomux::compare {

/// Who is compared.
struct ServerChoice {
    /// The programs that are compared by default, all programs, or the servers that are named.
    enum class Which { usual, all, named } which = Which::usual;
    std::vector<Selection> servers;
    std::vector<ServerSpec> brought;  ///< And those that are attached.
};

}  // namespace iomux::compare
