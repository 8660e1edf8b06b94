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

/// All that a report is drawn from, now or later.
struct Results {
    std::string created;              ///< When, by ISO 8601 in UTC: `2026-11-25T14:20:15Z`.
    boost::json::object environment;  ///< Of the machine and the build.
    Plan plan;
    bool quick = false;
    std::vector<Experiment> experiments;
    std::optional<MonitorResult> monitor;
    std::vector<Claim> claims;
};

}  // namespace iomux::compare
