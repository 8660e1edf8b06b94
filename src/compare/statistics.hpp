#pragma once

#include <optional>
#include <span>
#include <vector>

namespace iomux::compare {

/// The middle value, or the mean of the two in the middle; nothing of nothing.
std::optional<double> median(std::vector<double> values);

/// The median, over the rounds that both have, of value ÷ base in the same round: what disturbs a round (another
/// process, the processor's clock) disturbs both, and cancels. A base of 0 counts for nothing.
/// The spans are as long as each other, a round an element.
std::optional<double> paired_ratio(std::span<const std::optional<double>> values,
                                   std::span<const std::optional<double>> base);

}  // namespace iomux::compare
