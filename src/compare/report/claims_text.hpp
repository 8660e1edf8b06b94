#pragma once

#include <span>
#include <string>

#include "compare/claims/claims.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// A paragraph for each claim, and at the end how many hold.
std::string text_of(std::span<const Claim> claims, const Terminal& terminal);

}  // namespace iomux::compare
