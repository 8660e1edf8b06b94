#pragma once

#include <string>

#include "load/result/result.hpp"
#include "load/workload/workload.hpp"

namespace iomux::load {

/// For people: a few lines, each ended.
std::string report_as_text(const Workload& workload, const Result& result);

/// One JSON object on one ended line. Latencies in µs, `null` where there are none; `size` is the mean in bytes, and
/// `sizes` what `--size` takes for it; `bytes_per_second` is of both directions together, and `bytes_sent_in_all` of
/// the whole run, before and after the window too; `histogram_ns` is pairs of a latency and how many messages took that
/// long. Of datagrams there is no `framing`, and `datagrams` says what became of them; where nothing is answered, what
/// was lost is `null`. `cpu_share` is of the cores that the load could have, one for each thread at most. `churn`:
/// every message had a connection of its own. `open_loop` says how it kept to its times, and is `null` in a closed
/// loop.
std::string report_as_json(const Workload& workload, const Result& result);

/// What was counted so far, on one ended line: `sample {"seconds": …, "messages": …, "p50_us": …, "p99_us": …}`,
/// latencies `null` where there are none.
std::string sample_line(const Window& so_far);

}  // namespace iomux::load
