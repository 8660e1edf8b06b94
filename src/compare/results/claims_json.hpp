#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/json_reader.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {

/// `[{"id", "claim", "experiment", "figures": [{"name", "value", "unit", "low", "high"}], "verdict", "why"}]`. `low`
/// and `high` are the ends of the confidence interval; figures without an interval do not have them.
boost::json::array json_of(std::span<const Claim> claims);

/// The output of `claims --json`: `{"format": "iomux-claims", "version": 1, "environment", "claims"}`.
/// The command adds `partial`: whether it was interrupted.
boost::json::object json_of(std::span<const Claim> claims, boost::json::object environment);

/// Reads that JSON back. Throws a kind of std::exception if a member is missing or has another type.
std::vector<Claim> claims_of(const cli::JsonReader& json);

}  // namespace iomux::compare
