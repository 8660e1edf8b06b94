#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "load/result/result.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// A line that says that the run was interrupted, and when; nothing if it was not.
std::string interruption_text(const Workload& workload, const Result& result);

/// A few lines of text for people. Every line ends with LF.
std::string report_as_text(const Workload& workload, const Result& result);

/// The result as a JSON object:
/// - `latency_us`: latencies in µs, or `null` if there are none. A percentile is `null` if there are too few messages
/// for it (`least_count_for`), and `-` in the text.
/// - `histogram_ns`: pairs of a latency and its number of messages.
/// - `size`: the mean size in bytes; `sizes`: the value of `--size`.
/// - `bytes_per_second`: the sum of both directions.
/// - `bytes_sent`: bytes within the window; `bytes_sent_in_all`: bytes of the whole run, before and after the window
/// too.
/// - `cpu_share`: the share of the cores that the load could use, at most one per thread.
/// - `churn`: whether every message had a new connection.
/// - `open_loop`: how punctual the sending was; `null` in a closed loop. Its latencies are those of `messages`, of
///   `answered_later` (after the window) and of `unanswered` (until they were given up).
///   `due` is the sum of `sent` and `unsent`. `backlog` was due before the window and unsent when it began.
/// - `interrupted`: whether a signal has stopped the run before all of the load was measured.
/// - `framing`: `null` for datagrams.
/// - `datagrams`: only for datagrams, see `datagrams_object`.
boost::json::object report_object(const Workload& workload, const Result& result);
/// `sent`, `answered`, `lost`, `lost_share` and `late`; `lost` and `lost_share` are `null` for service discard.
boost::json::object datagrams_object(const Workload& workload, const Window& window);
/// The report on one line that ends with LF.
std::string report_as_json(const Workload& workload, const Result& result);

/// The counts so far, on one line that ends with LF: `sample {"seconds":…,"messages":…,"p50_us":…,"p99_us":…}`. The
/// latencies are `null` if there are too few messages for them.
std::string sample_line(const Window& so_far);

}  // namespace iomux::load
