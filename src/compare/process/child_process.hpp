#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "posix/clock.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// What the command starts: a process whose output we read; or a shell's whole group of processes, whose output is
/// for people and goes where its standard error goes.
enum class ChildKind { one_process, whole_group };

struct Command {
    std::vector<std::string> words;  ///< The program's path, then its arguments.
    std::vector<int> cores = {};     ///< The only ones that it may run on; none: as its parent.
    ChildKind kind = ChildKind::one_process;
};

/// A program that we started, in a process group of its own. It ends with this object, and with us, however we end
/// (SIGKILL included). Only a process that leaves its group (setsid) stays behind.
class ChildProcess {
public:
    /// Throws std::system_error where the program cannot be run.
    explicit ChildProcess(const Command& command);
    /// Kills whatever of the group still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Of the process, and of its group; nobody else's as long as this object lives.
    pid_t pid() const { return pid_; }
    /// Of the process of ours that is among a whole group's, to take it with us; -1 where there is none.
    pid_t guard() const { return guard_; }

    /// The next line that it prints, without the line feed; nothing at the end of its output or at the deadline.
    /// Throws Interrupted.
    std::optional<std::string> read_line(posix::Deadline deadline);
    /// All that it prints until it closes its output or the deadline comes. Throws Interrupted.
    std::string read_all(posix::Deadline deadline);

    /// Waits for its end; false: the deadline came first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;
    /// Once it has ended: whether with exit code 0.
    bool succeeded() const;
    /// For people: `runs`, `exit 1: cannot listen on …`, `killed by SIGSEGV`: with the last line of its standard error.
    std::string exit_text() const;

    /// For those that wait otherwise than here: what it prints; and what can be read once it has ended.
    int output() const { return output_.get(); }
    int process() const { return process_.get(); }
    /// To the whole group.
    void send_signal(int number) const;
    /// SIGTERM; SIGKILL where it has not ended when the patience has; both to the whole group.
    void stop(std::chrono::milliseconds patience);

private:
    bool read_more(posix::Deadline deadline);
    std::string stderr_tail() const;
    void start_guard();

    posix::UniqueFd log_;  // a file in memory: nobody need read it for the child to go on
    posix::UniqueFd output_;
    posix::UniqueFd process_;
    posix::UniqueFd lifeline_;
    pid_t pid_ = -1;
    pid_t guard_ = -1;
    std::string unread_;
};

}  // namespace iomux::compare
