#pragma once

#include <vector>

#include "compare/servers/selection.hpp"

namespace iomux::compare {

/// Who is compared.
struct Whom {
    /// The programs that are compared by default, all programs, or the servers that are named.
    enum class Which { usual, all, named } which = Which::usual;
    std::vector<Selection> servers;
    std::vector<Contestant> brought;  ///< And those that are attached.
};

}  // namespace iomux::compare
