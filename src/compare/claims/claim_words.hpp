#pragma once

#include <string>
#include <system_error>

#include "compare/claims/claims.hpp"

namespace iomux::compare {

// Helpers for the functions that judge claims.

ClaimFigure counted(std::string name, std::size_t count, std::string unit = "");
ClaimFigure yes_or_no(std::string name, bool yes);
ClaimFigure percent(std::string name, double share);

/// `EAGAIN`, or `no error`.
std::string symbol(const std::error_code& error);

void decide(Claim& claim, ClaimVerdict verdict, std::string why);

}  // namespace iomux::compare
