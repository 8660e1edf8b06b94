#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <vector>

#include "compare/claims/claims.hpp"

namespace iomux::compare {

/// `[{"id", "claim", "experiment", "figures": [{"name", "value", "unit"}], "verdict", "why"}]`
boost::json::array json_of(std::span<const Claim> claims);

/// What `claims --json` writes: `{"format": "iomux-claims", "version": 1, "environment", "claims"}`
boost::json::object json_of(std::span<const Claim> claims, boost::json::object environment);

/// Reads that back. Throws std::exception's kind where something is missing, or is of another kind.
std::vector<Claim> claims_of(const boost::json::array& json);

}  // namespace iomux::compare
