#pragma once

#include <chrono>
#include <string>

#include "load/result/histogram.hpp"

namespace iomux::load {

/// The unit in which latencies and traces are reported.
inline double in_microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

/// The distribution in the format of HdrHistogram's `outputPercentileDistribution`, which its plotters read. Each time
/// the distance to 100 % halves, it has five lines. Values are in microseconds.
std::string percentile_text(const Histogram& histogram);

}  // namespace iomux::load
