#pragma once

#include <chrono>
#include <string>

#include "load/result/histogram.hpp"

namespace iomux::load {

/// As latencies and traces are reported.
inline double in_microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

/// The distribution as HdrHistogram writes it (`outputPercentileDistribution`, five lines for each halving of what is
/// left to 100 %), which its plotters read. Values are in microseconds.
std::string percentile_text(const Histogram& histogram);

}  // namespace iomux::load
