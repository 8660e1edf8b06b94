#pragma once

#include <boost/json/object.hpp>

namespace iomux::compare {

/// The oldest version of the format of results that can be read.
inline constexpr int oldest_results_version = 1;

/// Turns results of an older version into results of `results_version`, which have other names and a check of the
/// machine. Members that not every program of the older version wrote may be missing. Throws std::runtime_error if the
/// results have a version that cannot be read.
void upgrade(boost::json::object& results);

}  // namespace iomux::compare
