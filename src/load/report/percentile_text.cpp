#include "load/report/percentile_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace iomux::load {
namespace {

constexpr double lines_per_halving = 5;

// A step is a fifth of the distance to 100 % at the beginning of the current halving.
double next_level(double percent) {
    const double halvings = std::floor(std::log2(100 / (100 - percent))) + 1;
    return percent + 100 / (lines_per_halving * std::exp2(halvings));
}

}  // namespace

std::string percentile_text(const Histogram& histogram) {
    std::string text =
        fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    const auto total = static_cast<double>(histogram.count());
    double level = 0;
    std::uint64_t passed = 0;
    for (const auto& [time, count] : histogram.buckets()) {
        passed += count;
        const bool is_last = passed == histogram.count();
        const double value = in_microseconds(is_last ? histogram.max() : time);
        for (const double reached = 100 * static_cast<double>(passed) / total; reached >= level;
             level = next_level(level)) {
            text += fmt::format("{:12.3f} {:14.12f} {:10} {:14.2f}\n", value, level / 100, passed, 100 / (100 - level));
            if (is_last) break;
        }
    }
    if (histogram.count() > 0)
        text += fmt::format("{:12.3f} {:14.12f} {:10}\n", in_microseconds(histogram.max()), 1.0, histogram.count());
    return text + fmt::format(
                      "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n"
                      "#[Max     = {:12.3f}, Total count    = {:12}]\n"
                      "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                      in_microseconds(histogram.mean()), histogram.standard_deviation_ns() / 1e3,
                      in_microseconds(histogram.max()), histogram.count(),
                      Histogram::range_bits - Histogram::precision_bits, 2 << Histogram::precision_bits);
}

}  // namespace iomux::load
