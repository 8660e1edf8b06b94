#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compare/claims/claims.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/comparison/experiment.hpp"
#include "compare/mechanisms/monitor.hpp"

namespace iomux::compare {

/// The data of all reports.
struct Results {
    std::string created;              ///< The time in ISO 8601, UTC: `2026-11-25T14:20:15Z`.
    boost::json::object environment;  ///< See `environment()`.
    Plan plan;
    bool quick = false;
    bool partial = false;  ///< The run was interrupted; this is what was complete.
    std::vector<Experiment> experiments;
    std::optional<MonitorResult> monitor;
    std::vector<Claim> claims;
};

}  // namespace iomux::compare
