#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// The request of a finished comparison in sessions, for `parse_run_request`. Throws BadRequest if there is no such run
/// (404), or if it cannot be continued (409).
boost::json::object request_to_continue(const RunQueue& queue, std::string_view id);

}  // namespace iomux::compare::web
