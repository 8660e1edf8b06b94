#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "compare/measure/trace.hpp"

namespace iomux::compare {

/// `{"format": "iomux-trace", "version": 2, "size", "note", "servers": [{"name", "program", "unavailable" (why, or
/// null), "answered_us", "calls": [{"step", "stage", "call", "at_us", "took_us", "result", "error" (`EAGAIN`, or null),
/// "thread", "sleeps", "detail"}]}]}`. Times are in microseconds. `at_us` is relative to the start of the client's step
/// (`connect`, `message`, `close`), so it is negative if the server was already waiting. `answered_us` is relative to
/// the start of sending. `sleeps` is how often the thread slept in the call, null if unknown; version 1 has none.
boost::json::object json_of(std::span<const Trace> traces, std::size_t size);

/// A table with one line per call.
std::string text_of(std::span<const Trace> traces, std::size_t size);

}  // namespace iomux::compare
