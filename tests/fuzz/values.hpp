#pragma once

#include <string_view>

namespace iomux::fuzz {

/// Reads the text as a number, a size and a time: each is what it says, or is refused.
void check_values(std::string_view text);

}  // namespace iomux::fuzz
