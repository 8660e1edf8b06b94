#pragma once

#include <functional>
#include <vector>

#include "load/result/turn.hpp"
#include "load/workload/plan.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// One load for several servers. It holds connections to all of them and visits one after the other, so that the
/// servers are compared within milliseconds. While one has its turn, the others have nothing to do.
///
/// A turn is the prelude and the slice. Each ends when all replies have arrived or, with service discard, when the
/// kernel reports no byte that the server has not taken (SIOCOUTQ). The CPU clocks are read before and after the slice,
/// when they have settled (posix::settled_cpu_time).
///
/// Before the first cycle, each target has its own warm-up (Target::warm_up, WarmUp), one after the other.
///
/// A target that spins, although it has nothing to do, is paused: its processes are stopped (SIGSTOP) between its
/// turns, from the end of the warm-up on, unless the plan forbids it. It spins if most of its pauses between turns have
/// shown it (Rest). While its clocks are read it is stopped too, because the clock of a process that runs is not up to
/// date. The processes run again when this returns or throws. If this process is killed (SIGKILL), they stay stopped:
/// the program that has started the servers continues them (SIGCONT).
///
/// In an open loop, each target has the same sequence of arrivals, on a clock that stands still out of turn: what falls
/// due in a slice is sent and answered in the turn, and is counted.
///
/// With churn, a turn ends when no connection is open. Over UDP, it ends when all datagrams are answered, or after 5 ms
/// without a reply: then the others are lost.
///
/// With several threads, each target has threads of its own. They sleep while the CPU clocks are read.
///
/// `connected` is called when the load has connected to all targets and each connection has been served once. It may
/// set the processes of the plan's targets: a server may start one for each connection.
///
/// The endpoint of `workload` does not matter. `report` is called with each turn after the warm-up. At the end, when no
/// process is stopped, `finish` is called with a result for each target: its reported turns added up. The connections
/// are closed after that. A target with an error has no more turns. Notifying `stop` ends the run early. Throws
/// std::system_error if epoll fails.
void conduct(
    const Workload& workload, const Plan& plan, const posix::EventFd& stop,
    const std::function<void(const Turn&)>& report, const std::function<void(const std::vector<TargetResult>&)>& finish,
    const std::function<void()>& connected = [] {});

}  // namespace iomux::load
