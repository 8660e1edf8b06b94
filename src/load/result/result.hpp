#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "load/result/histogram.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// What became of datagrams. As with messages, one that was sent before may be answered or lost in that time.
struct Datagrams {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;  ///< Not answered in time.
    std::uint64_t late = 0;  ///< Right replies that nobody waited for: to a lost one, or the second to one.
};

/// How an open loop kept to its times.
struct Punctuality {
    static constexpr std::chrono::nanoseconds late_after = std::chrono::milliseconds(1);

    std::uint64_t due = 0;     ///< Became due in the time.
    std::uint64_t sent = 0;    ///< Of these and of those that waited as the time began.
    std::uint64_t late = 0;    ///< Sent more than `late_after` after they were due.
    std::uint64_t unsent = 0;  ///< Due by the end, when no connection had yet been free for them.
    Histogram lateness;        ///< Of those that were sent; zero where it was early.
};

/// What was counted in a stretch of time.
struct Window {
    std::chrono::nanoseconds length{0};
    std::chrono::nanoseconds cpu{0};  ///< Processor time of the load's threads, user and system.
    std::size_t cores = 1;            ///< That it could have: one for each thread, or as many as there are.
    std::uint64_t messages = 0;       ///< Answered or, where nothing is answered, sent.
    std::uint64_t sent = 0;           ///< Bytes.
    std::uint64_t received = 0;       ///< Bytes.
    Datagrams datagrams;              ///< Where datagrams are sent.
    Punctuality punctuality;          ///< In an open loop.
    /// To the reply's last byte from asking or, in an open loop, from when to ask was due; empty where nothing is
    /// answered.
    Histogram latency;
};

struct Result {
    Window measured;                ///< Of length zero where it was never reached.
    std::uint64_t errors = 0;       ///< Of the whole run: connections that failed.
    std::string error;              ///< The first of them.
    std::uint64_t sent_in_all = 0;  ///< Bytes, before and after the window too.
    /// Connections that were never served, nor closed, though others were served: no success, and no broken promise.
    std::uint64_t starved = 0;
};

/// Of threads that did parts of one work at the same time. Not of datagrams.
Result merged(std::span<const Result> results);

/// What is said of a server on connections, however long these last.
std::string wrong_reply(const protocol::Dialect& dialect);
/// Nothing has moved for the workload's `stall_limit`.
std::string stalled(const Workload& workload);

}  // namespace iomux::load
