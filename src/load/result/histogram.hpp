#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace iomux::load {

/// How many times there must be for this percentile: at least ten of them are expected beyond it. Of fewer times, it
/// would show chance: 20 for 50 %, 1,000 for 99 %, 10,000 for 99.9 %.
inline std::uint64_t least_count_for(double percent) {
    return static_cast<std::uint64_t>(std::llround(10 / (1 - percent / 100)));
}

/// A log-linear histogram of times: the width of a bucket grows with the time. From 1 µs to 1 min the error of a
/// percentile is below 1 %. The memory does not depend on the number of times. Count, mean and maximum are exact.
class Histogram {
public:
    // Every power of two has 128 buckets, so half the width of a bucket is less than 0.4 % of its times.
    static constexpr int precision_bits = 7;
    static constexpr int range_bits = 36;

    /// A negative time counts as zero, a time beyond the range (about 69 s) as the end of the range.
    void record(std::chrono::nanoseconds time, std::uint64_t times = 1) {
        const std::uint64_t value = time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
        buckets_[bucket_of(std::min(value, highest))] += times;
        count_ += times;
        sum_ += value * times;
        max_ = std::max(max_, value);
    }

    /// Adds the times of another histogram.
    void merge(const Histogram& other);

    std::uint64_t count() const { return count_; }
    /// The smallest time that `percent` % (0 to 100) of the times do not exceed; zero if there are no times.
    std::chrono::nanoseconds percentile(double percent) const;
    /// Nothing if there are fewer than `least_count_for` times.
    std::optional<std::chrono::nanoseconds> known_percentile(double percent) const {
        return count_ < least_count_for(percent) ? std::nullopt : std::optional(percentile(percent));
    }
    std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
    /// Zero if there are no times.
    std::chrono::nanoseconds mean() const { return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_); }

    /// Times that count as equal.
    struct Bucket {
        std::chrono::nanoseconds time;  ///< The time that percentiles report for them.
        std::uint64_t count;
        bool operator==(const Bucket&) const = default;
    };
    /// The non-empty buckets in ascending order. Recording them again gives the same percentiles below the maximum.
    std::vector<Bucket> buckets() const;
    /// The standard deviation, calculated from the buckets. Zero if there are no times.
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
