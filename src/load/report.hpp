#pragma once

#include <string>

#include "load/result.hpp"
#include "load/workload.hpp"

namespace iomux::load {

/// For people: a few lines, each ended.
std::string report_as_text(const Workload& workload, const Result& result);

/// One JSON object on one ended line. Latencies in µs, `null` where there are none; `bytes_per_second` is of both
/// directions together. Of datagrams there is no `framing`, and `datagrams` says what became of them; where
/// nothing is answered, what was lost is `null`.
std::string report_as_json(const Workload& workload, const Result& result);

}  // namespace iomux::load
