#pragma once

#include <concepts>
#include <string>

namespace iomux::cli {

/// `1,234,567`, or with decimals `12,254.8`
std::string grouped(double number, int decimals = 0);
std::string grouped(std::integral auto number) { return grouped(static_cast<double>(number)); }

}  // namespace iomux::cli
