#include "load/result/histogram.hpp"

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
    return time_of(bucket);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> filled;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket)
        if (buckets_[bucket] > 0) filled.push_back({time_of(bucket), buckets_[bucket]});
    return filled;
}

double Histogram::standard_deviation_ns() const {
    if (count_ == 0) return 0;
    const double mean = static_cast<double>(sum_) / static_cast<double>(count_);
    double squares = 0;
    for (const auto& [time, count] : buckets())
        squares += std::pow(static_cast<double>(time.count()) - mean, 2) * static_cast<double>(count);
    return std::sqrt(squares / static_cast<double>(count_));
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
    if (bucket < 2 * steps) return bucket;
    const std::size_t shift = bucket / steps - 1;
    const std::uint64_t lowest = (bucket - shift * steps) << shift;
    return lowest + (std::uint64_t{1} << shift) / 2;
}

}  // namespace iomux::load
