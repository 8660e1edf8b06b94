#pragma once

#include <boost/json/value.hpp>

#include "load/workload/plan.hpp"

namespace iomux::load {

/// Reads the plan of `iomux-load --conduct`, a JSON object:
///
///     {"targets": [{"name": "epoll", "port": 7000, "processes": [4711]},
///                  {"name": "mine", "unix": "/run/mine.sock", "processes": [4712], "pausable": false,
///                   "warmup_ms": 1000, "longest_warmup_ms": 5000}],
///      "cycles": 20, "warmup_cycles": 3, "slice_ms": 20, "prelude_ms": 2, "seed": 1}
///
/// `longest_warmup_ms` is `warmup_ms` unless it is given. A target has `port`, with `address` if that is not 127.0.0.1,
/// or `unix`. All members but `targets`, `name` and the endpoint may be left out.
///
/// Throws std::runtime_error that says which member is wrong.
Plan parse_plan(const boost::json::value& value);

/// Reads the processes of the plan's targets, `[[4711], [4712, 4713]]`, which the load asks for if the plan says so
/// (`"asks_for_processes": true`). Throws std::runtime_error that says what is wrong.
void parse_processes(const boost::json::value& value, Plan& plan);

}  // namespace iomux::load
