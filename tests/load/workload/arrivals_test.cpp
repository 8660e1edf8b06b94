#include "load/workload/arrivals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace iomux::load {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

const Arrivals::Time epoch{1h};

std::vector<nanoseconds> spacings(Arrivals arrivals, std::size_t count) {
    std::vector<nanoseconds> spacings;
    for (Arrivals::Time before = epoch; spacings.size() < count; arrivals.advance()) {
        spacings.emplace_back(arrivals.next() - before);
        before = arrivals.next();
    }
    return spacings;
}

TEST(FixedArrivals, AreAllTheSameTimeApart) {
    EXPECT_EQ(spacings(Arrivals(8000, Spacing::fixed, epoch, 1), 10'000), std::vector<nanoseconds>(10'000, 125us));
}

TEST(FixedArrivals, DoNotDriftIfTheSpacingIsNotAWholeNumberOfNanoseconds) {
    Arrivals arrivals(3'000'000, Spacing::fixed, epoch, 1);
    for (int i = 1; i < 3'000'000; ++i) arrivals.advance();
    EXPECT_EQ(arrivals.next(), epoch + 1s);
}

TEST(FixedArrivals, MayBeSecondsApart) {
    EXPECT_EQ(spacings(Arrivals(0.25, Spacing::fixed, epoch, 1), 2), (std::vector<nanoseconds>{4s, 4s}));
}

TEST(ExponentialArrivals, HaveTheGivenRate) {
    constexpr int count = 100'000;
    Arrivals arrivals(1000, Spacing::exponential, epoch, 1);
    for (int i = 1; i < count; ++i) arrivals.advance();
    // The sum of `count` spacings has a standard deviation of sqrt(count) spacings.
    const duration<double, std::milli> passed = arrivals.next() - epoch;
    EXPECT_NEAR(passed.count(), count, 3 * std::sqrt(count));
}

// The largest difference between the empirical distribution of the spacings and 1 - exp(-x).
double distance_from_exponential(std::vector<nanoseconds> spacings, nanoseconds mean) {
    std::ranges::sort(spacings);
    const auto count = static_cast<double>(spacings.size());
    double distance = 0;
    for (std::size_t i = 0; i < spacings.size(); ++i) {
        const double expected = 1 - std::exp(-duration<double>(spacings[i]) / duration<double>(mean));
        const auto below = static_cast<double>(i);
        distance = std::max({distance, expected - below / count, (below + 1) / count - expected});
    }
    return distance;
}

TEST(ExponentialArrivals, HaveExponentiallyDistributedSpacings) {
    constexpr std::size_t count = 100'000;
    const double distance =
        distance_from_exponential(spacings(Arrivals(1000, Spacing::exponential, epoch, 1), count), 1ms);
    // Kolmogorov-Smirnov test: 1 % of samples from the correct distribution exceed this value.
    EXPECT_LT(distance, 1.63 / std::sqrt(count));
}

TEST(ExponentialArrivals, AreReproducedOnlyByTheSameSeed) {
    const auto with_seed = [](std::uint64_t seed) {
        return spacings(Arrivals(1000, Spacing::exponential, epoch, seed), 100);
    };
    EXPECT_EQ(with_seed(7), with_seed(7));
    EXPECT_NE(with_seed(7), with_seed(8));
}

// The arrivals of all threads until `end`, in order.
std::vector<Arrivals::Time> arrivals_of_threads(Spacing spacing, double rate, std::size_t connections,
                                                std::size_t threads, Arrivals::Time end) {
    std::vector<Arrivals::Time> all;
    for (std::size_t thread = 0; thread < threads; ++thread)
        for (Arrivals one(rate, spacing, epoch, 7, {connections, threads, thread}); one.next() <= end; one.advance())
            all.push_back(one.next());
    std::ranges::sort(all);
    return all;
}

TEST(ThreadsArrivals, AreTogetherThoseOfOneThread) {
    for (const Spacing spacing : {Spacing::fixed, Spacing::exponential})
        for (const auto& [connections, threads] : {std::pair{4, 4}, {10, 4}, {64, 3}})
            for (const double rate : {2.0, 1000.0})
                EXPECT_EQ(arrivals_of_threads(spacing, rate, connections, threads, epoch + 10s),
                          arrivals_of_threads(spacing, rate, 1, 1, epoch + 10s))
                    << name_of(spacing) << ", " << connections << " connections, " << threads << " threads";
}

TEST(ThreadsArrivals, KeepTheRateWithLessThanOnePerThread) {
    for (int second = 0; second < 5; ++second)
        EXPECT_EQ(arrivals_of_threads(Spacing::fixed, 2, 64, 4, epoch + second * 1s).size(), 2u * second);
}

TEST(ThreadsArrivals, AreInProportionToTheirConnections) {
    std::vector<std::size_t> counts;
    for (std::size_t thread = 0; thread < 3; ++thread) {
        Arrivals arrivals(1000, Spacing::fixed, epoch, 1, {.connections = 4, .threads = 3, .thread = thread});
        counts.push_back(0);
        for (; arrivals.next() <= epoch + 1s; arrivals.advance()) ++counts.back();
    }
    EXPECT_EQ(counts, (std::vector<std::size_t>{500, 250, 250}));
}

TEST(Spacings, AreFoundByTheirNames) {
    for (const Spacing spacing : {Spacing::fixed, Spacing::exponential})
        EXPECT_EQ(find_spacing(name_of(spacing)), spacing);
    EXPECT_EQ(find_spacing("often"), std::nullopt);
}

}  // namespace
}  // namespace iomux::load
