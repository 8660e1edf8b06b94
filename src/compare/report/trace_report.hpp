#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "compare/measure/trace.hpp"

namespace iomux::compare {

/// `{"format": "iomux-trace", "version": 1, "size", "note", "servers": [{"name", "program", "unavailable" (why, or
/// null), "answered_us", "calls": [{"step", "stage", "call", "at_us", "took_us", "result", "error" (`EAGAIN`, or null),
/// "thread", "detail"}]}]}`. Times are microseconds. `at_us` counts from when the client began the call's step
/// (`connect`, `message`, `close`), and so is negative where the server has waited for it; `answered_us` counts from
/// when the client began to send.
boost::json::object json_of(std::span<const Trace> traces, std::size_t size);

/// A line for each call, in columns.
std::string text_of(std::span<const Trace> traces, std::size_t size);

}  // namespace iomux::compare
