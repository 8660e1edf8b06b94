#pragma once

#include <array>
#include <string_view>

namespace iomux::compare {

/// A figure by which servers are compared.
enum class Figure {
    cpu,           ///< CPU time per message, as a ratio to the baseline's.
    rate,          ///< Messages per second.
    p50,           ///< Median latency in microseconds.
    p99,           ///< 99th percentile of the latency in microseconds.
    p99_9,         ///< 99.9th percentile of the latency in microseconds.
    idle_memory,   ///< Bytes per idle connection, the kernel stacks of the server's threads included.
    system_calls,  ///< System calls per message.
};

inline constexpr std::array all_figures{Figure::cpu,   Figure::rate,        Figure::p50,         Figure::p99,
                                        Figure::p99_9, Figure::idle_memory, Figure::system_calls};

/// `cpu_us_per_message`, `messages_per_second`, `latency_us_p50`, `latency_us_p99`, `latency_us_p99_9`,
/// `idle_connection_bytes`, `system_calls_per_message`
std::string_view name_of(Figure figure);

}  // namespace iomux::compare
