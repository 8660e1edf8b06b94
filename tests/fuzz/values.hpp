#pragma once

#include <string_view>

namespace iomux::fuzz {

/// Parses the text as a number, a size and a time. Each must have the correct value or be rejected.
void check_values(std::string_view text);

}  // namespace iomux::fuzz
