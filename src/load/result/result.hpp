#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "load/result/histogram.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// Counts of datagrams in a window. As with messages, a datagram that is answered or lost in the window may have been
/// sent before it.
struct Datagrams {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;  ///< No reply in time.
    std::uint64_t late = 0;  ///< Correct replies to a lost datagram, and second replies.
};

/// How punctual the sending of an open loop was. Requests are sent in the order in which they are due, so those of the
/// backlog are sent first.
struct Punctuality {
    static constexpr std::chrono::nanoseconds late_after = std::chrono::milliseconds(1);

    std::uint64_t due = 0;             ///< Requests that became due in the window: `sent` and `unsent`.
    std::uint64_t sent = 0;            ///< Those of them that were sent in the window.
    std::uint64_t late = 0;            ///< Those of `sent` that were sent more than `late_after` after they were due.
    std::uint64_t unsent = 0;          ///< Not sent at the end, because no connection was free.
    std::uint64_t backlog = 0;         ///< Requests due before the window and not sent when it began.
    std::uint64_t backlog_sent = 0;    ///< Those of them that were sent in the window.
    std::uint64_t answered_later = 0;  ///< Requests due by the end and answered after it.
    std::uint64_t unanswered = 0;      ///< Requests due by the end without a reply, see `Workload::longest_wait`.
    Histogram lateness;                ///< Of the sent and the unsent requests; zero if a request was early.
};

/// Counts over a period of time.
struct Window {
    std::chrono::nanoseconds length{0};
    std::chrono::nanoseconds cpu{0};  ///< CPU time of the load's threads, user and system.
    std::size_t cores = 1;            ///< Cores that the load could use, at most one per thread.
    std::uint64_t messages = 0;       ///< Answered or, with service discard, sent.
    std::uint64_t sent = 0;           ///< Bytes.
    std::uint64_t received = 0;       ///< Bytes.
    Datagrams datagrams;              ///< Only over UDP.
    Punctuality punctuality;          ///< Only in an open loop.
    /// From sending the request or, in an open loop, from when it was due, to the reply's last byte. Empty with service
    /// discard. An open loop has the latencies of all requests that were due by the end: those of `messages`, of
    /// `answered_later` and, until they were given up, of `unanswered`.
    Histogram latency;
};

/// Adds a window that follows `sum`.
void append(Window& sum, const Window& next);

struct Result {
    Window measured;  ///< Its length is zero if the window was never reached.
    /// The run was stopped before all of the load was measured: in an open loop, before the replies to the requests
    /// that were due in the window had arrived.
    bool stopped = false;
    std::uint64_t errors = 0;       ///< Connections that failed, over the whole run.
    std::string error;              ///< The first error.
    std::uint64_t sent_in_all = 0;  ///< Bytes of the whole run, before and after the window too.
    /// Connections that stayed open but never got a reply while others did. They are counted apart from errors.
    std::uint64_t starved = 0;
    /// Requests whose replies were given up at the end, see `Workload::longest_drain`.
    std::uint64_t unfinished = 0;
};

/// Merges the results of threads that shared one workload.
Result merged(std::span<const Result> results);

/// The errors that both generators over connections report. This one: a reply has a wrong byte.
std::string wrong_reply(const Workload& workload);
/// The same over UDP.
std::string wrong_datagram(const Workload& workload);
/// The end of an error if no reply was received before it: the server may serve another protocol.
std::string without_a_reply(const Workload& workload);
/// Nothing was answered (or sent, with service discard) in the window.
std::string nothing_measured(const Workload& workload, const Window& window);
/// No reply was complete for the workload's `longest_first_reply`.
std::string without_a_first_reply(const Workload& workload);
/// No byte was sent or received for the workload's `stall_limit`.
std::string stalled(const Workload& workload);

}  // namespace iomux::load
