#pragma once

#include <boost/any.hpp>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/sizes.hpp"

namespace iomux::load {

/// The help of `--size`.
inline constexpr const char* size_option_help =
    "message size in bytes, such as 64, 64K or 1MiB (K, M and G are powers of 1,024); random sizes: uniform:16B-1KiB "
    "or exponential:256B (the mean)";

/// Parses `64`, `uniform:16B-1KiB` or `exponential:256B`. Throws std::invalid_argument, which says what is allowed.
Sizes parse_sizes(std::string_view text);

std::ostream& operator<<(std::ostream& out, const Sizes& sizes);

// Program_options finds it by argument-dependent lookup.
void validate(boost::any& target, const std::vector<std::string>& values, Sizes*, int);

}  // namespace iomux::load
