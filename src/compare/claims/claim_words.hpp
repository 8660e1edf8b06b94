#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "compare/claims/claims.hpp"

namespace iomux::compare {

// Helpers for the functions that judge claims.

ClaimFigure counted(std::string name, std::size_t count, std::string unit = "");
ClaimFigure yes_or_no(std::string name, bool yes);
ClaimFigure percent(std::string name, double share);

/// `1,024`
std::string in_figures(std::size_t count);
/// `1 connection`, `1,024 connections`
std::string plural(std::size_t count, std::string_view noun);
/// `1`, `1 and 2`, `1, 2 and 1,024`
std::string listed(std::span<const std::size_t> counts);

/// `EAGAIN`, or `no error`.
std::string symbol(const std::error_code& error);

void decide(Claim& claim, ClaimVerdict verdict, std::string why);

}  // namespace iomux::compare
