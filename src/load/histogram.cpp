#include "load/histogram.hpp"

#include <cmath>
#include <functional>

namespace iomux::load {

void Histogram::merge(const Histogram& other) {
    std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus());
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds Histogram::percentile(double percent) const {
    if (count_ == 0) return std::chrono::nanoseconds(0);
    const double share = std::ceil(percent / 100 * static_cast<double>(count_));
    const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(share), 1, count_);
    if (rank == count_) return max();
    std::uint64_t passed = 0;
    std::size_t bucket = 0;
    while ((passed += buckets_[bucket]) < rank) ++bucket;
    return std::chrono::nanoseconds(std::min(middle_of(bucket), max_));
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
    if (bucket < 2 * steps) return bucket;
    const std::size_t shift = bucket / steps - 1;
    const std::uint64_t lowest = (bucket - shift * steps) << shift;
    return lowest + (std::uint64_t{1} << shift) / 2;
}

}  // namespace iomux::load
