#pragma once

#include <boost/any.hpp>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/sizes.hpp"

namespace iomux::load {

/// What `--size` is, for its help.
inline constexpr const char* size_option_help =
    "bytes a message; 65536, 64K, 1MiB; or drawn: uniform:16B-1KiB, exponential:256B (the mean)";

/// `64`, `uniform:16B-1KiB`, `exponential:256B`. Throws std::invalid_argument with a sentence about what is allowed.
Sizes parse_sizes(std::string_view text);

std::ostream& operator<<(std::ostream& out, const Sizes& sizes);

// Found by Program_options through argument-dependent lookup.
void validate(boost::any& target, const std::vector<std::string>& values, Sizes*, int);

}  // namespace iomux::load
