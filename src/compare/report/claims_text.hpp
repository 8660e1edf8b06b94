#pragma once

#include <span>
#include <string>

#include "compare/claims/claims.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// For each claim the statement, the experiment, the figures and the verdict; then how many claims have each verdict.
std::string text_of(std::span<const Claim> claims, const Terminal& terminal);

}  // namespace iomux::compare
