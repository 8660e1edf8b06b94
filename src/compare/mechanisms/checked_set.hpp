#pragma once

namespace iomux::compare {

/// Puts the descriptor into an fd_set. This file is always compiled with the C library's checks (_FORTIFY_SOURCE).
/// Returns 0 if the check does not end the process.
int put_into_checked_set(int fd);

}  // namespace iomux::compare
