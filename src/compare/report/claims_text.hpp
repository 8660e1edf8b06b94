#pragma once

#include <span>
#include <string>

#include "compare/claims/claims.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// One paragraph per claim, then how many hold.
std::string text_of(std::span<const Claim> claims, const Terminal& terminal);

}  // namespace iomux::compare
