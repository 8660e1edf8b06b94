#pragma once

#include <boost/json/object.hpp>

#include "compare/profile/explanation.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

/// The output of `explain --json`, as explanation.schema.json describes it.
boost::json::object json_of(const Explanation& explanation, const Work& work, boost::json::object environment);

}  // namespace iomux::compare
