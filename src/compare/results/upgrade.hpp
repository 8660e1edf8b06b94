#pragma once

#include <boost/json/object.hpp>
#include <stdexcept>

namespace iomux::compare {

/// The oldest version of the format of results that can be read.
inline constexpr int oldest_results_version = 1;

/// Its text names the versions that can be read.
struct UnreadableVersion : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Turns results of an older version into results of `results_version`, which have other names and a check of the
/// machine. Members that not every program of the older version wrote may be missing. Throws UnreadableVersion.
void upgrade(boost::json::object& results);

}  // namespace iomux::compare
