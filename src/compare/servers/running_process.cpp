#include "compare/servers/running_process.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "compare/meters/meters.hpp"
#include "compare/process/process_tree.hpp"
#include "compare/process/wait.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

namespace fs = std::filesystem;

// No error if the process has a program, and its `exe` link can be read. A zombie and a kernel thread have none
// (ENOENT).
std::error_code error_of_program(pid_t pid) {
    std::error_code error;
    static_cast<void>(fs::read_symlink(fmt::format("/proc/{}/exe", pid), error));
    return error;
}

// Tools such as htop(1) list threads like processes.
[[noreturn]] void refuse_missing(pid_t pid, const std::error_code& error) {
    if (const std::optional<pid_t> process = process_of_thread(pid); process && *process != pid)
        throw std::runtime_error(
            fmt::format("{} is a thread of {}; give the ID of the process", pid, process_text(*process)));
    throw std::runtime_error(fmt::format("no process has the ID {}: {}", pid, error.message()));
}

}  // namespace

RunningProcess::RunningProcess(pid_t pid) : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    const std::error_code error_of_opening = posix::error_of(errno);
    require_proc();
    if (!fd_) refuse_missing(pid, error_of_opening);
    if (wait_for_end(posix::Clock::now())) throw std::runtime_error(fmt::format("process {} has ended", pid));
    // Only the same user or root may read the descriptors and the memory of a process.
    std::error_code refused;
    const fs::directory_iterator descriptors(fmt::format("/proc/{}/fd", pid), refused);
    if (refused)
        throw std::runtime_error(fmt::format("cannot read /proc/{}/fd: {}; run as the user of that process or as root",
                                             pid, refused.message()));
    const std::error_code error = error_of_program(pid);
    if (error == std::errc::no_such_file_or_directory)
        throw std::runtime_error(fmt::format("process {} is a kernel thread", pid));
    if (error)
        throw std::runtime_error(
            fmt::format("cannot observe process {}: {}; attach a process of your own user", pid, error.message()));
}

std::vector<pid_t> RunningProcess::family(Zombies zombies) const {
    // Its ID may be that of another process by now.
    return wait_for_end(posix::Clock::now()) ? std::vector<pid_t>{} : family_of(pid_, zombies);
}

bool RunningProcess::wait_for_end(posix::Deadline deadline) const { return wait_readable(fd_.get(), deadline); }

}  // namespace iomux::compare
