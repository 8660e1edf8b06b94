#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "compare/claims/claims.hpp"
#include "compare/measure/progress.hpp"

namespace iomux::compare {

/// Tries each of the document's claims here, in its order; those about costs by the monitor's figures, and those about
/// threads by the crowds, which are measured here, once. All the others take about a second: `time_of_probes`. What
/// cannot be tried is not measured, with the reason. Throws Interrupted.
std::vector<Claim> measure_claims(const MonitorResult& monitor, const std::function<ThreadingFigures()>& measure,
                                  Progress& progress);

inline constexpr std::chrono::seconds time_of_probes{1};

/// The same claims in the same order, where nobody has tried them: not measured, and without a reason.
std::vector<Claim> untried_claims();

}  // namespace iomux::compare
