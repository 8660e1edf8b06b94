#pragma once

#include <cstddef>

#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// A thread's share of the workload. The numbers of connections differ by at most one between threads. The requests of
/// an open loop are divided in proportion; the threads together send them at the same times as a single thread would.
/// Threads are numbered from 0.
Workload share_of(const Workload& workload, std::size_t thread);

/// Runs a generator in each of the workload's threads. Each has a share of the connections, its own epoll instance and
/// its own histogram. The threads wait for each other when all are connected, when the window begins, when it ends, and
/// before and after the acknowledgement, so that none closes a connection earlier. Their results are merged at the end.
///
/// A thread that fails or loses its last connection ends all threads. Notifying `stop` ends them early. Rethrows an
/// exception of a thread.
Result run_threads(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks);

}  // namespace iomux::load
