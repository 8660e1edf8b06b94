#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// Counters and gauges of the service.
struct Metrics {
    std::map<unsigned, std::uint64_t> responses;  ///< By HTTP status.
    std::uint64_t connections = 0;                ///< Since it started.
    std::uint64_t connections_shed = 0;           ///< Closed to make room.
    std::size_t connections_open = 0;
    std::size_t results_awaited = 0;  ///< Requests for stored results that are being read.
    std::size_t results_bytes = 0;    ///< Bytes of stored results that are being sent.
    std::size_t feeds_open = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t states_skipped = 0;  ///< Not sent, because a newer state had replaced them.
};

/// In Prometheus' text format, version 0.0.4.
std::string metrics_text(const Metrics& metrics, const RunQueue& queue);

}  // namespace iomux::compare::web
