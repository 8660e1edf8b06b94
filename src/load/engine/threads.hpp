#pragma once

#include <cstddef>

#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// A thread's share of the work: as many connections as the others have, or one more or less; and of an open loop's
/// rate what is theirs. Threads are numbered from 0.
Workload share_of(const Workload& workload, std::size_t thread);

/// Runs a generator in each of the workload's threads, over a share of the connections, with an epoll set and a
/// histogram of its own. They wait for one another three times: when all are connected, and as the window begins and
/// ends. What they have counted is put together at the end.
///
/// Where one thread has no connection left that works, or cannot go on, it ends them all. `stop` ends them early once
/// it is notified. Throws what a thread throws.
Result run_threads(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks);

}  // namespace iomux::load
