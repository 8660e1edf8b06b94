#pragma once

namespace iomux::compare {

/// Puts the number into an fd_set, in code that the C library checks (_FORTIFY_SOURCE) whatever the build. Returns 0
/// where it comes back.
int put_into_checked_set(int fd);

}  // namespace iomux::compare
