#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "posix/clock.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// A process that somebody else has started, and that is only looked at. It stays this process: one that gets its
/// number once it has ended is not taken for it.
class RunningProcess {
public:
    /// Throws std::runtime_error where there is no such process, or where it is not ours to look at.
    explicit RunningProcess(pid_t pid);

    pid_t pid() const { return pid_; }
    /// It, its children and theirs, as they are now.
    std::vector<pid_t> family() const;
    /// Waits for its end; false: the deadline came first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;

private:
    pid_t pid_;
    posix::UniqueFd fd_;
};

}  // namespace iomux::compare
