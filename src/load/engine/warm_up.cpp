#include "load/engine/warm_up.hpp"

#include <algorithm>
#include <cmath>

namespace iomux::load {

using std::chrono::nanoseconds;

nanoseconds WarmUp::next_part() const {
    if (time_ >= limits_.least && agrees_) return nanoseconds(0);
    const nanoseconds part = looks_at_costs() ? limits_.least / 2 : limits_.longest;
    return std::min(part, limits_.longest - time_);
}

void WarmUp::add(nanoseconds part, std::optional<double> cost) {
    time_ += part;
    agrees_ = cost && last_cost_ && std::abs(*cost - *last_cost_) <= largest_difference * std::max(*cost, *last_cost_);
    last_cost_ = cost;
}

std::optional<bool> WarmUp::settled() const { return looks_at_costs() ? std::optional(agrees_) : std::nullopt; }

}  // namespace iomux::load
