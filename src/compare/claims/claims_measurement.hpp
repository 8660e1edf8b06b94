#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "compare/claims/claims.hpp"
#include "compare/measure/progress.hpp"

namespace iomux::compare {

struct ClaimsResult {
    std::vector<Claim> claims;
    bool interrupted = false;  ///< Some of them are `not_measured` for this reason.
};

/// Tests the claims of the article the project started from (Python I/O multiplexing, 2020), in the article's order.
/// Claims about costs use `monitor`. Claims about threads use the result of `measure_threads`, which is called once.
/// All other claims together take about `time_of_probes`. A claim whose experiment fails is `not_measured`, with the
/// reason; so are the claims that are left when a stop is requested.
ClaimsResult measure_claims(const MonitorRun& monitor, const std::function<ThreadingFigures()>& measure_threads,
                            Progress& progress);

inline constexpr std::chrono::seconds time_of_probes{1};

/// The same claims in the same order before any measurement: `not_measured`, without figures and without a reason.
std::vector<Claim> untried_claims();

}  // namespace iomux::compare
