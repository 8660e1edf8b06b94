#include "load/workload/sizes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "load/command/size_option.hpp"

namespace iomux::load {
namespace {

double mean_of(const std::vector<std::size_t>& sizes) {
    return static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0})) /
           static_cast<double>(sizes.size());
}

TEST(FixedSizes, AreNotRandom) {
    EXPECT_FALSE(Sizes(64).are_drawn());
    EXPECT_EQ(drawn(64, 1), std::vector<std::size_t>{64});
    EXPECT_EQ(Sizes(64).mean(), 64);
}

TEST(UniformSizes, AreWithinTheirBoundsAndReachBoth) {
    for (const auto& [lowest, highest] : {std::pair<std::size_t, std::size_t>{16, 1024}, {1, 2}, {7, 7}}) {
        const std::vector<std::size_t> all = drawn(Sizes::uniform(lowest, highest), 1);
        EXPECT_EQ(std::ranges::min(all), lowest);
        EXPECT_EQ(std::ranges::max(all), highest);
    }
}

TEST(UniformSizes, HaveTheMeanOfTheirBounds) {
    // Every draw is the midpoint of an equal share, so its size is off by at most one half.
    EXPECT_NEAR(Sizes::uniform(16, 1024).mean(), 520, 0.5);
    EXPECT_NEAR(Sizes::uniform(1, 1'000'000).mean(), 500'000.5, 0.5);
}

TEST(UniformSizes, AreEquallyFrequent) {
    const std::vector<std::size_t> all = drawn(Sizes::uniform(1, 100), 1);
    for (std::size_t size = 1; size <= 100; ++size)
        EXPECT_NEAR(static_cast<double>(std::ranges::count(all, size)), static_cast<double>(Sizes::draws) / 100, 1)
            << size;
}

// scipy.stats.expon(scale=1000).ppf([0.001, 0.25, 0.5, 0.9, 0.99, 0.999]), rounded.
TEST(ExponentialSizes, HaveTheQuantilesOfTheDistribution) {
    const Sizes sizes = Sizes::exponential(1000);
    for (const auto& [share, size] :
         {std::pair{0.001, 1}, {0.25, 288}, {0.5, 693}, {0.9, 2303}, {0.99, 4605}, {0.999, 6908}})
        EXPECT_EQ(sizes.quantile(share), static_cast<std::size_t>(size)) << share;
}

TEST(ExponentialSizes, HaveTheRequestedMean) {
    // The limit at nine times the mean reduces the mean by less than a thousandth.
    for (const std::size_t mean : {256, 4096, 100'000})
        EXPECT_NEAR(Sizes::exponential(mean).mean(), static_cast<double>(mean), static_cast<double>(mean) / 1000);
}

TEST(ExponentialSizes, AreAtLeastOneByte) {
    const std::vector<std::size_t> all = drawn(Sizes::exponential(2), 1);
    EXPECT_EQ(std::ranges::min(all), 1u);
    EXPECT_EQ(std::ranges::max(all), Sizes::exponential(2).highest());
}

TEST(ExponentialSizes, AreReducedToTheirBounds) {
    const Sizes sizes = Sizes::exponential(256).bounded(8, 512);
    const std::vector<std::size_t> all = drawn(sizes, 1);
    EXPECT_EQ(std::ranges::min(all), 8u);
    EXPECT_EQ(std::ranges::max(all), 512u);
    // The integral of the bounded size: 256 × (1 - exp(-2)), plus 8 × 8 / (2 × 256) for the short sizes.
    EXPECT_NEAR(sizes.mean(), 221.35 + 0.12, 0.1);
    EXPECT_DOUBLE_EQ(mean_of(all), sizes.mean());
}

TEST(OtherSizes, AreNotChangedByBounds) {
    EXPECT_EQ(Sizes(64).bounded(100, 200), Sizes(64));
    EXPECT_EQ(Sizes::uniform(1, 1000).bounded(100, 200), Sizes::uniform(1, 1000));
}

TEST(RandomSizes, HaveAnotherOrderWithAnotherSeedOnly) {
    const Sizes sizes = Sizes::uniform(16, 1024);
    EXPECT_EQ(drawn(sizes, 7), drawn(sizes, 7));
    EXPECT_NE(drawn(sizes, 7), drawn(sizes, 8));
    EXPECT_TRUE(std::ranges::is_permutation(drawn(sizes, 7), drawn(sizes, 8)));
}

TEST(RandomSizes, AreNotCorrelatedWithTheirNeighbours) {
    const std::vector<std::size_t> all = drawn(Sizes::uniform(1, 1'000'000), 1);
    const double mean = mean_of(all);
    double products = 0, squares = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double here = static_cast<double>(all[i]) - mean;
        products += here * (static_cast<double>(all[(i + 1) % all.size()]) - mean);
        squares += here * here;
    }
    // The correlation of neighbours in a random order has a standard deviation of 1 / sqrt(draws).
    EXPECT_LT(std::abs(products / squares), 3 / std::sqrt(static_cast<double>(all.size())));
}

TEST(TheSizeOption, TakesOneSizeOrADistribution) {
    EXPECT_EQ(parse_sizes("64"), Sizes(64));
    EXPECT_EQ(parse_sizes("64K"), Sizes(65'536));
    EXPECT_EQ(parse_sizes("64k"), Sizes(65'536));
    EXPECT_EQ(parse_sizes("uniform:16B-1KiB"), Sizes::uniform(16, 1024));
    EXPECT_EQ(parse_sizes("exponential:256B"), Sizes::exponential(256));
}

TEST(TheSizeOption, RefusesOtherText) {
    for (const char* text :
         {"", "0", "2G", "uniform", "uniform:", "uniform:16", "uniform:2-1", "uniform:0-5", "uniform:1-2G",
          "uniform:-5", "exponential:", "exponential:0", "normal:5", "exponential:1-2"})
        EXPECT_THROW(parse_sizes(text), std::invalid_argument) << text;
}

TEST(TheSizeOption, TakesSizesAsTheyArePrinted) {
    for (const Sizes& sizes : {Sizes(64), Sizes::uniform(16, 1024), Sizes::exponential(1 << 30)})
        EXPECT_EQ(parse_sizes(sizes.text()), sizes) << sizes.text();
}

TEST(Sizes, AreDescribedWithTheirMean) {
    EXPECT_EQ(Sizes(64).words(), "64 bytes");
    EXPECT_EQ(Sizes::uniform(16, 1024).words(), "16 to 1,024 bytes (uniform, mean 520)");
    EXPECT_EQ(Sizes::exponential(256).words(), "1 to 2,307 bytes (exponential, mean 256)");
}

}  // namespace
}  // namespace iomux::load
