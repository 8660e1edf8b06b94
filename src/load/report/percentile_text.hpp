#pragma once

#include <string>

#include "load/result/histogram.hpp"

namespace iomux::load {

/// The distribution as HdrHistogram writes it (`outputPercentileDistribution`, five lines for each halving of what is
/// left to 100 %), which its plotters read. Values are in microseconds.
std::string percentile_text(const Histogram& histogram);

}  // namespace iomux::load
