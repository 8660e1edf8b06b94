#pragma once

#include "posix/clock.hpp"

namespace iomux::compare {

/// Thrown when the comparison was asked to stop. Unwinding ends its children. It does not derive from std::exception,
/// because it is not an error that a row of the table could report.
struct Interrupted {};

/// Makes the current wait and every later one throw Interrupted. Async-signal-safe after a call of `stop_descriptor`.
void request_stop();

/// Readable once a stop has been requested; for callers that wait in other ways. The first call opens it. It is not
/// open before main, where it would take the number of a standard descriptor that is closed.
int stop_descriptor();

/// Waits until the descriptor is readable or has hung up; false if the deadline passes first. Throws Interrupted,
/// immediately if a stop has already been requested.
bool wait_readable(int fd, posix::Deadline deadline);

}  // namespace iomux::compare
