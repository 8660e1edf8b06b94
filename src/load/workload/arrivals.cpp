#include "load/workload/arrivals.hpp"

#include <cmath>

namespace iomux::load {

std::string_view name_of(Spacing spacing) { return spacing_names[static_cast<std::size_t>(spacing)]; }

std::optional<Spacing> find_spacing(std::string_view name) {
    for (const Spacing spacing : {Spacing::fixed, Spacing::exponential})
        if (name == name_of(spacing)) return spacing;
    return std::nullopt;
}

Arrivals::Arrivals(double rate, Spacing spacing, Time begin, std::uint64_t seed, const ShareOfArrivals& share)
    : mean_ns_(1e9 / rate), spacing_(spacing), begin_(begin), share_(share), random_(seed) {
    advance();
}

void Arrivals::advance() {
    do {
        passed_ += spacing_ == Spacing::fixed ? 1 : std::exponential_distribution(1.0)(random_);
    } while (!share_.has(count_++));
    next_ = begin_ + std::chrono::nanoseconds(std::llround(passed_ * mean_ns_));
}

}  // namespace iomux::load
