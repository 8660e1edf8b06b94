#pragma once

#include <span>
#include <string>
#include <string_view>

#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// A table of the figures that servers are not compared by: user and system time per message, context switches, waits,
/// in windows softirq time, and in sessions how far their ratios differ. Empty if no server was measured.
std::string meters_text(const Point& point, const Terminal& terminal);
/// Explains its columns.
std::string meters_legend(const Experiment& experiment);

/// Printed where memory per connection is explained.
inline constexpr std::string_view memory_granularity =
    "Memory is counted in pages of 4 KiB, so a server that needs little for each connection may show 0.00.";

/// One line: the memory of the kernel's socket, or why it is unknown. Empty if no memory was measured.
std::string on_sockets(const std::vector<ServerResult>& rows);

/// What is wrong about the warm-up of a server: `did not settle within 5 s: its cost was still changing`. Empty if
/// nothing is.
std::string unsettled_text(const ServerResult& row);

/// One line: the servers whose own counters of received bytes disagree with the bytes that the load generator sent.
/// Empty if all agree. Loads where the two may differ are not checked: datagrams may be lost; messages without a reply
/// may be unread at the end; starving clients and flooders send bytes that the generator does not count.
std::string on_counters(const Point& point);

/// One line: how many datagrams each server or the kernel has lost, of how many in all rounds together. Empty if none
/// was lost.
std::string on_lost_datagrams(std::span<const Point> points);

}  // namespace iomux::compare
