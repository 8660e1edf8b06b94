#include "load/report/percentile_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// The expected output was produced by hdr-histogram-js 3.0.1 (npm), an independent implementation:
// hdr.build({lowestDiscernibleValue: 1, highestTrackableValue: 68719476735, numberOfSignificantValueDigits: 3}), then
// the same values, then getValueAtPercentile(p) and outputPercentileDistribution(5, 1000).

// Times that both implementations represent exactly.
constexpr const char* text_of_hdr_histogram = R"(       Value     Percentile TotalCount 1/(1-Percentile)

       0.010 0.000000000000          2           1.00
       0.020 0.100000000000          5           1.11
       0.050 0.200000000000         11           1.25
       0.070 0.300000000000         14           1.43
       0.080 0.400000000000         17           1.67
       0.110 0.500000000000         23           2.00
       0.120 0.550000000000         24           2.22
       0.130 0.600000000000         26           2.50
       0.140 0.650000000000         29           2.86
       0.150 0.700000000000         30           3.33
       0.160 0.750000000000         32           4.00
       0.170 0.775000000000         35           4.44
       0.170 0.800000000000         35           5.00
       0.170 0.825000000000         35           5.71
       0.180 0.850000000000         36           6.67
       0.190 0.875000000000         38           8.00
       0.190 0.887500000000         38           8.89
       0.190 0.900000000000         38          10.00
       0.200 0.912500000000         41          11.43
       0.200 0.925000000000         41          13.33
       0.200 0.937500000000         41          16.00
       0.200 0.943750000000         41          17.78
       0.200 0.950000000000         41          20.00
       0.200 0.956250000000         41          22.86
       0.200 0.962500000000         41          26.67
       0.200 0.968750000000         41          32.00
       0.200 0.971875000000         41          35.56
       0.200 0.975000000000         41          40.00
       0.255 0.978125000000         42          45.71
       0.255 1.000000000000         42
#[Mean    =        0.109, StdDeviation   =        0.063]
#[Max     =        0.255, Total count    =           42]
)";

Histogram few_short_times() {
    Histogram histogram;
    for (int i = 1; i <= 20; ++i) histogram.record(i * 10ns, static_cast<std::uint64_t>(1 + i % 3));
    histogram.record(255ns);
    return histogram;
}

TEST(PercentileText, EqualsThatOfHdrHistogramExceptForTheLineAboutBuckets) {
    std::string expected = text_of_hdr_histogram;
    expected.append("#[Buckets =           29, SubBuckets     =          256]\n");
    EXPECT_EQ(percentile_text(few_short_times()), expected);
}

TEST(PercentileText, WithoutTimesHasNoLines) {
    EXPECT_EQ(percentile_text({}),
              "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
              "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
              "#[Max     =        0.000, Total count    =            0]\n"
              "#[Buckets =           29, SubBuckets     =          256]\n");
}

// Times over six powers of ten from a linear congruential generator, which JavaScript computes identically.
Histogram many_times() {
    Histogram histogram;
    std::uint32_t x = 1;
    for (int i = 0; i < 10'000; ++i) {
        x = (x * 1'103'515'245 + 12'345) & 0x7fff'ffff;
        histogram.record(nanoseconds(1000 + (x >> (x >> 16 & 15))));
    }
    return histogram;
}

// Half the width of our buckets (0.4 %) plus the error of three significant digits (0.1 %).
constexpr double both_precisions = 0.005;

TEST(Percentiles, EqualThoseOfHdrHistogram) {
    const Histogram histogram = many_times();
    for (const auto& [percent, nanoseconds_there] : {std::pair{1.0, 6'051.0},
                                                     {10.0, 53'631.0},
                                                     {25.0, 259'199.0},
                                                     {50.0, 4'485'119.0},
                                                     {75.0, 68'747'263.0},
                                                     {90.0, 427'032'575.0},
                                                     {95.0, 844'103'679.0},
                                                     {99.0, 1'731'198'975.0},
                                                     {99.9, 2'080'374'783.0},
                                                     {99.99, 2'138'046'463.0},
                                                     {100.0, 2'145'386'495.0}})
        EXPECT_NEAR(static_cast<double>(histogram.percentile(percent).count()), nanoseconds_there,
                    nanoseconds_there * both_precisions)
            << "p" << percent;
    EXPECT_NEAR(static_cast<double>(histogram.mean().count()), 131'962'078.8, 131'962'078.8 * both_precisions);
    EXPECT_NEAR(histogram.standard_deviation_ns(), 321'257'247.06, 321'257'247.06 * both_precisions);
}

// Half a bucket, relative to the quantile of a known distribution.
constexpr double own_precision = 0.004;
constexpr int sample = 100'000;

TEST(Percentiles, AreTheQuantilesOfAUniformDistribution) {
    Histogram histogram;
    for (int i = 1; i <= sample; ++i) histogram.record(i * 10ns);
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
        const double quantile = 10.0 * sample * percent / 100;
        EXPECT_NEAR(static_cast<double>(histogram.percentile(percent).count()), quantile, quantile * own_precision);
    }
}

TEST(Percentiles, AreTheQuantilesOfAnExponentialDistribution) {
    constexpr double mean_ns = 1e6;
    const auto quantile = [](double share) { return -mean_ns * std::log1p(-share); };
    Histogram histogram;
    for (int i = 0; i < sample; ++i)
        histogram.record(nanoseconds(static_cast<std::int64_t>(quantile((i + 0.5) / sample))));
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9})
        EXPECT_NEAR(static_cast<double>(histogram.percentile(percent).count()), quantile(percent / 100),
                    quantile(percent / 100) * (own_precision + 0.001))
            << "p" << percent;
}

TEST(Buckets, RecordedAgainGiveTheSamePercentiles) {
    const Histogram histogram = many_times();
    Histogram again;
    for (const auto& [time, count] : histogram.buckets()) again.record(time, count);
    EXPECT_EQ(again.count(), histogram.count());
    EXPECT_EQ(again.buckets(), histogram.buckets());
    for (const double percent : {1.0, 50.0, 99.0, 99.9})
        EXPECT_EQ(again.percentile(percent), histogram.percentile(percent)) << percent;
}

}  // namespace
}  // namespace iomux::load
