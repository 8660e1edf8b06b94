#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

#include "compare/profile/explanation.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

/// See explanation.schema.json. `summary`: the sentences at the top of its text.
boost::json::object json_of(const Explanation& explanation, const std::vector<std::string>& summary, const Work& work,
                            boost::json::object environment);

}  // namespace iomux::compare
