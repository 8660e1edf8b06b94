#include "compare/mechanisms/checked_set.hpp"

#include <sys/select.h>

namespace iomux::compare {

int put_into_checked_set(int fd) {
    // Larger than any descriptor used in the probes, so nothing is overwritten if the library does not check.
    static fd_set sets[64];
    FD_SET(fd, &sets[0]);
    return 0;
}

}  // namespace iomux::compare
