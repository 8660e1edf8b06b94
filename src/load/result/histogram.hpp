#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace iomux::load {

/// Times, counted in buckets whose width grows with the time (log-linear): percentiles are off by less than 1 %
/// from 1 µs to 1 min, in constant memory, whatever the number of times. Count, mean and maximum are exact.
class Histogram {
public:
    // Every power of two is cut into 128 buckets, so that half a bucket is less than 0.4 % of what is in it.
    static constexpr int precision_bits = 7;
    static constexpr int range_bits = 36;

    /// A negative time counts as zero. One beyond the range (about 69 s) counts as the range's end.
    void record(std::chrono::nanoseconds time, std::uint64_t times = 1) {
        const std::uint64_t value = time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
        buckets_[bucket_of(std::min(value, highest))] += times;
        count_ += times;
        sum_ += value * times;
        max_ = std::max(max_, value);
    }

    /// Adds what another has recorded.
    void merge(const Histogram& other);

    std::uint64_t count() const { return count_; }
    /// The least time that `percent` % (0 to 100) of the times do not exceed; zero where there are none.
    std::chrono::nanoseconds percentile(double percent) const;
    std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
    /// Zero where there are no times.
    std::chrono::nanoseconds mean() const { return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_); }

    /// Times that are not told apart, and how many there are.
    struct Bucket {
        std::chrono::nanoseconds time;  ///< What stands for them in the percentiles.
        std::uint64_t count;
        bool operator==(const Bucket&) const = default;
    };
    /// Those that are not empty, the shortest first. Recorded again, they make the same percentiles below the maximum.
    std::vector<Bucket> buckets() const;
    /// From the mean; of the times that stand for the buckets. Zero where there are no times.
    double standard_deviation_ns() const;

    bool operator==(const Histogram&) const = default;

private:
    static constexpr std::uint64_t steps = std::uint64_t{1} << precision_bits;
    static constexpr std::uint64_t highest = (std::uint64_t{1} << range_bits) - 1;
    static constexpr std::size_t bucket_count = (range_bits - precision_bits + 1) * steps;

    static std::size_t bucket_of(std::uint64_t value) {
        const int width = static_cast<int>(std::bit_width(value | steps));
        const int shift = width - precision_bits - 1;
        return static_cast<std::size_t>(shift) * steps + (value >> shift);
    }
    static std::uint64_t middle_of(std::size_t bucket);
    std::chrono::nanoseconds time_of(std::size_t bucket) const {
        return std::chrono::nanoseconds(std::min(middle_of(bucket), max_));
    }

    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace iomux::load
