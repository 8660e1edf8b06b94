#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "compare/process/process_tree.hpp"
#include "posix/clock.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// A process that was not started by this program and is only observed. The object refers to this process even after
/// it has ended, and never to a later process with the same ID.
class RunningProcess {
public:
    /// Throws std::runtime_error if the process does not exist or may not be observed.
    explicit RunningProcess(pid_t pid);

    pid_t pid() const { return pid_; }
    /// The process and all its current descendants, without this program and what it has started.
    std::vector<pid_t> family(Zombies zombies = Zombies::left_out) const;
    /// Waits until the process ends; false if the deadline passes first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;

private:
    pid_t pid_;
    posix::UniqueFd fd_;
};

}  // namespace iomux::compare
