#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "compare/profile/summary_of_parts.hpp"

namespace iomux::compare {

/// How many parts are named, the largest first. The others are added up.
inline constexpr std::size_t named_parts = 3;

/// `4.84`
std::string us_text(double us);
/// `+0.31`, `−0.02`, `0.00`
std::string signed_us(double us);
/// ` [+0.20 to +0.40]`; empty without an interval.
std::string signed_interval_text(const std::optional<Interval>& interval);

/// The functions that take most of the part or, of two servers, that contribute most to its difference. Of the name of
/// each only the last two parts: `epoll_reactor::start_op`.
std::string functions_text(const PartCost& cost);

/// `9 parts that are not told apart`
std::string not_told_apart_text(std::size_t parts);

}  // namespace iomux::compare
