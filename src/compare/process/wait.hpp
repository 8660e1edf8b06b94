#pragma once

#include "posix/clock.hpp"

namespace iomux::compare {

/// The comparison was asked to stop: it unwinds, and its children end with it. No std::exception, for it is nothing
/// that a row of the table could report.
struct Interrupted {};

/// Ends this and every later wait by Interrupted. Async-signal-safe.
void request_stop();

/// Can be read once a stop has been requested; for those that wait otherwise than here.
int stop_descriptor();

/// Waits until the descriptor can be read, or has hung up; false: the deadline came first.
/// Throws Interrupted, at once where a stop has been requested already.
bool wait_readable(int fd, posix::Deadline deadline);

}  // namespace iomux::compare
