#pragma once

#include <string>

#include "compare/comparison/summary.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// What the meters tell of servers beside the figures that they are compared by: how the CPU time of a message is
/// shared out, how often it switches and waits; and what the columns are. Empty where nothing was measured.
std::string meters_text(const Summary& summary, const Terminal& terminal);

/// What the kernel's socket takes beside a server's own memory, or why that is not known; empty where no memory was
/// measured. A line.
std::string on_sockets(const std::vector<ServerResult>& rows);

/// Who has received other bytes, by its own counters, than the load has sent, by the load's. A line; empty where all
/// agree, as far as both can be known: not of datagrams, which may be lost, nor of what is not answered, and may not
/// have been read by the end, nor where clients starve or others send too.
std::string on_counters(const Point& point);

}  // namespace iomux::compare
