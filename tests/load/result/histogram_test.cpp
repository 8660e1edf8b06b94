#include "load/result/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace iomux::load {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr double percents[] = {0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100};

Histogram histogram_of(const std::vector<nanoseconds>& times) {
    Histogram histogram;
    for (const nanoseconds time : times) histogram.record(time);
    return histogram;
}

// The smallest time that `percent` % of the sorted times do not exceed.
nanoseconds exact_percentile(const std::vector<nanoseconds>& sorted, double percent) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
    return sorted[rank == 0 ? 0 : rank - 1];
}

double relative_error(nanoseconds reported, nanoseconds exact) {
    return std::abs(static_cast<double>((reported - exact).count())) / static_cast<double>(exact.count());
}

std::vector<nanoseconds> log_uniform(std::size_t count, std::mt19937& random) {
    std::uniform_real_distribution<double> exponent(3, std::log10(60e9));
    std::vector<nanoseconds> times;
    for (std::size_t i = 0; i < count; ++i)
        times.emplace_back(static_cast<std::int64_t>(std::pow(10, exponent(random))));
    return times;
}

// Distributed like latencies: most are similar, and a few are far longer.
std::vector<nanoseconds> long_tailed(std::size_t count, std::mt19937& random) {
    std::lognormal_distribution<double> microseconds_of(std::uniform_real_distribution<double>(1, 8)(random), 1.5);
    std::vector<nanoseconds> times;
    for (std::size_t i = 0; i < count; ++i)
        times.emplace_back(static_cast<std::int64_t>(std::clamp(microseconds_of(random) * 1e3, 1e3, 60e9)));
    return times;
}

TEST(Histogram, IsOffByLessThanOnePercentFromOneMicrosecondToOneMinute) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        const std::size_t count = std::uniform_int_distribution<std::size_t>(1, 5000)(random);
        std::vector<nanoseconds> times = seed % 2 == 0 ? log_uniform(count, random) : long_tailed(count, random);
        const Histogram histogram = histogram_of(times);
        std::ranges::sort(times);
        for (const double percent : percents)
            ASSERT_LT(relative_error(histogram.percentile(percent), exact_percentile(times, percent)), 0.01)
                << "seed " << seed << ", p" << percent;
        ASSERT_EQ(histogram.max(), times.back());
        ASSERT_EQ(histogram.count(), count);
    }
}

TEST(Histogram, IsOffByLessThanOnePercentOnBothSidesOfEveryPowerOfTwo) {
    for (std::int64_t power = 1024; power < 60'000'000'000; power *= 2)
        for (const std::int64_t time : {power - 1, power, power + 1}) {
            const Histogram histogram = histogram_of({nanoseconds(time), 60s});
            ASSERT_LT(relative_error(histogram.percentile(50), nanoseconds(time)), 0.01) << time;
        }
}

TEST(Histogram, IsExactForTheShortestTimes) {
    for (std::int64_t time = 0; time < 256; ++time)
        ASSERT_EQ(histogram_of({nanoseconds(time), 1s}).percentile(50), nanoseconds(time));
}

TEST(Histogram, WithoutTimesIsZeroThroughout) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_EQ(histogram.percentile(50), 0ns);
    EXPECT_EQ(histogram.max(), 0ns);
    EXPECT_EQ(histogram.mean(), 0ns);
}

TEST(Histogram, OfOneTimeIsThatTimeAtEveryPercentile) {
    for (const nanoseconds time : {nanoseconds(0), nanoseconds(1us), nanoseconds(123457ns), nanoseconds(60s)})
        for (const double percent : percents) ASSERT_EQ(histogram_of({time}).percentile(percent), time);
}

TEST(Histogram, ClampsATimeBeyondTheRangeButKeepsTheMaximum) {
    const Histogram histogram = histogram_of({2h, 1h});
    EXPECT_EQ(histogram.max(), 2h);
    EXPECT_GE(histogram.percentile(50), 60s);
    EXPECT_LE(histogram.percentile(50), 70s);
}

TEST(Histogram, CountsANegativeTimeAsZero) {
    const Histogram histogram = histogram_of({-5ns});
    EXPECT_EQ(histogram.max(), 0ns);
    EXPECT_EQ(histogram.mean(), 0ns);
}

TEST(Histogram, HasTheExactMean) { EXPECT_EQ(histogram_of({1us, 2us, 6us}).mean(), 3us); }

TEST(Histogram, NeverReportsMoreThanTheMaximum) {
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        const Histogram histogram = histogram_of(log_uniform(50, random));
        for (const double percent : percents) ASSERT_LE(histogram.percentile(percent), histogram.max());
    }
}

TEST(Histogram, MergedEqualsTheHistogramOfAllTimes) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937 random(seed);
        std::vector<nanoseconds> all = log_uniform(300, random);
        const std::vector<nanoseconds> more = long_tailed(200, random);
        Histogram merged = histogram_of(all);
        merged.merge(histogram_of(more));
        all.insert(all.end(), more.begin(), more.end());
        ASSERT_EQ(merged, histogram_of(all)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace iomux::load
