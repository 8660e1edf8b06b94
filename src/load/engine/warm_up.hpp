#pragma once

#include <chrono>
#include <optional>

#include "load/workload/plan.hpp"

namespace iomux::load {

/// Decides how long to warm up a server whose first messages cost more than its later ones, such as one with a
/// just-in-time compiler. The warm-up consists of parts. Each is half of the least time, so a part and the next one are
/// the two halves of the least time before the end. If the limits are equal, there is one part.
class WarmUp {
public:
    /// If the costs per message of two halves differ by more than this share of the higher one, the cost is still
    /// changing.
    static constexpr double largest_difference = 0.02;

    explicit WarmUp(const WarmUpLimits& limits) : limits_(limits) {}

    /// The length of the next part; 0 if the warm-up is over.
    std::chrono::nanoseconds next_part() const;
    /// A part has ended with this cost per message; nothing if it had no message.
    void add(std::chrono::nanoseconds part, std::optional<double> cost);

    /// The length of all parts so far.
    std::chrono::nanoseconds time() const { return time_; }
    /// Whether the costs of the last two parts agree. Nothing if the limits are equal.
    std::optional<bool> settled() const;

private:
    bool looks_at_costs() const { return limits_.least < limits_.longest; }

    WarmUpLimits limits_;
    std::chrono::nanoseconds time_{0};
    std::optional<double> last_cost_;
    bool agrees_ = false;
};

}  // namespace iomux::load
