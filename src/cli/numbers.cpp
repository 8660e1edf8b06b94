#include "cli/numbers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace iomux::cli {

std::string grouped(double number, int decimals) {
    std::string digits =
        decimals == 0 ? fmt::format("{}", std::llround(number)) : fmt::format("{:.{}f}", number, decimals);
    const std::size_t first = digits.starts_with('-') ? 1 : 0;
    for (std::size_t at = std::min(digits.find('.'), digits.size()); at > first + 3;) digits.insert(at -= 3, 1, ',');
    return digits;
}

}  // namespace iomux::cli
