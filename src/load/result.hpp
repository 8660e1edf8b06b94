#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "load/histogram.hpp"

namespace iomux::load {

/// What became of datagrams. As with messages, one that was sent before may be answered or lost in that time.
struct Datagrams {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;  ///< Not answered in time.
    std::uint64_t late = 0;  ///< Right replies that nobody waited for: to a lost one, or the second to one.
};

/// What was counted in a stretch of time.
struct Window {
    std::chrono::nanoseconds length{0};
    std::chrono::nanoseconds cpu{0};  ///< Processor time of this process, user and system.
    std::uint64_t messages = 0;       ///< Answered or, where nothing is answered, sent.
    std::uint64_t sent = 0;           ///< Bytes.
    std::uint64_t received = 0;       ///< Bytes.
    Datagrams datagrams;              ///< Where datagrams are sent.
    Histogram latency;                ///< From asking to the reply's last byte; empty where nothing is answered.
};

struct Result {
    Window measured;           ///< Of length zero where it was never reached.
    std::uint64_t errors = 0;  ///< Of the whole run: connections that failed.
    std::string error;         ///< The first of them.
    /// Connections that were never served, nor closed, though others were served: no success, and no broken promise.
    std::uint64_t starved = 0;
};

}  // namespace iomux::load
