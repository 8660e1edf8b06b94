#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/clock.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// What the command starts: either one process whose output this program reads, or a process that is supervised with
/// all its descendants. Their output is for people and goes to the standard error log. A supervised command that exits
/// with status 0 and leaves descendants has gone to the background (daemon(3)): it ends when the last of them ends.
enum class ChildKind { one_process, with_descendants };

/// The standard input of the program: at its end from the beginning, or only after `ChildProcess::close_input`.
enum class ChildInput { empty, open };

struct Command {
    std::vector<std::string> words;  ///< The program's path, then its arguments.
    std::vector<int> cores = {};     ///< The cores that it may run on; empty: the parent's cores.
    ChildKind kind = ChildKind::one_process;
    ChildInput input = ChildInput::empty;
    /// Bytes that a variable of the environment takes. The environment lies above the stack, so it moves what the
    /// program keeps there, and with it how fast the program is (Mytkowicz et al., Producing wrong data without doing
    /// anything obviously wrong, 2009).
    std::size_t padding = 0;
};

/// A process that still runs after it was to be killed.
struct Survivor {
    pid_t pid;
    int error;  ///< Of kill(2), such as EPERM; 0: it was sent SIGKILL, and has not ended yet.
};

/// A program that this process started, in a process group of its own. It ends with this object. It also ends with
/// this process, even if SIGKILL ends this process. If it is supervised with its descendants, they end too,
/// even those in a session or a process group of their own (setsid).
class ChildProcess {
public:
    /// Throws std::system_error if the program cannot be run.
    explicit ChildProcess(const Command& command);
    /// Kills everything that still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The ID of the process and of its group. No other process gets this ID while this object lives. For a command
    /// with descendants: that of the guard, which started the command and is the ancestor of all of them.
    pid_t pid() const { return pid_; }
    /// The process, or the command and its descendants, as far as they run.
    std::vector<pid_t> processes() const;

    /// The next line of output, without the line feed; nothing at the end of the output or at the deadline. Throws
    /// Interrupted.
    std::optional<std::string> read_line(posix::Deadline deadline);
    /// All output until the process closes it or the deadline passes. Throws Interrupted.
    std::string read_all(posix::Deadline deadline);

    /// Writes to the standard input of the process, which must be open. Waits while the pipe is full. Throws
    /// std::system_error, also if the process has ended.
    void write_input(std::string_view text) const;
    /// Ends the standard input of the process, if it is open.
    void close_input() { input_.reset(); }

    /// Waits until the process ends; false if the deadline passes first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;
    /// The exit status of a process that has ended; nothing if it runs, or was killed by a signal.
    std::optional<int> exit_status() const;
    /// Whether an ended process returned exit status 0.
    bool succeeded() const { return exit_status() == 0; }
    /// The last line of its standard error so far.
    std::string stderr_tail() const;
    /// For people: `runs`, `exit 1: cannot listen on …`, `killed by SIGSEGV`, with the last line of its standard
    /// error.
    std::string exit_text() const;

    /// Descriptors for callers with an event loop: the output, and one that becomes readable when the process ends.
    int output() const { return output_.get(); }
    int process() const { return process_.get(); }
    /// Sends the signal to the whole group, or to the command and its descendants.
    void send_signal(int number) const;
    /// Sends SIGTERM to them, then SIGKILL if they have not ended within `patience`. A stopped process (SIGSTOP) is
    /// continued. Returns descendants that still run, such as those of another user.
    std::vector<Survivor> stop(std::chrono::milliseconds patience);

private:
    bool read_more(posix::Deadline deadline);
    void wait_for_all(posix::Clock::time_point deadline) const;

    // How the process has ended: with an exit status, or by a signal.
    struct End {
        bool exited;
        int number;
    };
    std::optional<End> end() const;

    const ChildKind kind_;
    posix::UniqueFd log_;  // a memory file: the child never blocks on it, even if it is not read
    posix::UniqueFd input_;
    posix::UniqueFd output_;
    posix::UniqueFd process_;
    posix::UniqueFd lifeline_;
    pid_t pid_ = -1;
    std::string unread_;
};

}  // namespace iomux::compare
