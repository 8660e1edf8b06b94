#include "compare/process/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <boost/nowide/utf/convert.hpp>
#include <csignal>
#include <cstring>
#include <utility>

#include "compare/process/cores.hpp"
#include "compare/process/wait.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::UniqueFd;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC), "cannot create a pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Without a write end, the read end is at its end of file. Sockets instead of a pipe, because send(2) reports a reader
// that has ended without SIGPIPE.
Pipe make_input(ChildInput input) {
    if (input == ChildInput::open) {
        std::array<int, 2> ends{};
        check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "cannot create a pair of sockets");
        return {UniqueFd(ends[0]), UniqueFd(ends[1])};
    }
    return {UniqueFd(check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "cannot open /dev/null")), UniqueFd()};
}

std::vector<char*> argument_vector(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    return arguments;
}

// The environment of this program, and the padding.
class Environment {
public:
    explicit Environment(std::size_t padding) : padding_("IOMUX_PADDING=" + std::string(padding, 'x')) {
        for (char** variable = environ; *variable != nullptr; ++variable) variables_.push_back(*variable);
        if (padding > 0) variables_.push_back(padding_.data());
        variables_.push_back(nullptr);
    }

    char* const* data() const { return variables_.data(); }

private:
    std::string padding_;
    std::vector<char*> variables_;
};

// Runs in the child between fork and exec. Returns only on failure, with errno set.
void exec_child(const Command& command, pid_t parent, int input, int output, int log) {
    if (::setpgid(0, 0) < 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return;
    // PR_SET_PDEATHSIG only covers a parent that dies from now on. If the parent died earlier, getppid() has changed.
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);
    if (!command.cores.empty() && !pin_to(command.cores)) return;
    if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 || ::dup2(log, STDERR_FILENO) < 0) return;
    const std::vector<char*> arguments = argument_vector(command.words);
    const Environment environment(command.padding);
    ::execve(arguments.front(), arguments.data(), environment.data());
}

siginfo_t exit_info(pid_t pid) {
    siginfo_t info{};
    // WNOWAIT leaves the process a zombie, so that the kernel cannot give its PID or its process group to another
    // process.
    check(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT), "waitid");
    return info;
}

void reap(pid_t pid) {
    // Fails only if the child has already been reaped, which is fine.
    posix::uninterrupted([&] { return ::waitpid(pid, nullptr, 0); });
}

}  // namespace

ChildProcess::ChildProcess(const Command& command)
    : log_(check(::memfd_create("log", MFD_CLOEXEC), "cannot create an in-memory log")) {
    Pipe input = make_input(command.input);
    Pipe output = make_pipe();
    Pipe failure = make_pipe();
    const pid_t parent = ::getpid();
    pid_ = check(::fork(), "cannot start a process");
    if (pid_ == 0) {
        exec_child(command, parent, input.read_end.get(),
                   command.kind == ChildKind::whole_group ? log_.get() : output.write_end.get(), log_.get());
        const int error = errno;
        // If this write fails too, the parent sees a child that ended without an error message.
        [[maybe_unused]] const ssize_t told = ::write(failure.write_end.get(), &error, sizeof error);
        ::_exit(EXIT_FAILURE);
    }
    failure.write_end.reset();
    output.write_end.reset();
    output_ = std::move(output.read_end);
    input_ = std::move(input.write_end);

    int error = 0;
    if (posix::uninterrupted([&] { return ::read(failure.read_end.get(), &error, sizeof error); }) > 0) {
        reap(pid_);
        posix::throw_errno("cannot run " + command.words.front(), error);
    }
    process_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!process_ || (command.kind == ChildKind::whole_group && !(start_guard(), guard_ > 0))) {
        const int failed = errno;
        stop(std::chrono::milliseconds(0));
        posix::throw_errno("cannot supervise " + command.words.front(), failed);
    }
}

ChildProcess::~ChildProcess() { stop(std::chrono::milliseconds(0)); }

// The death signal reaches only the shell, not the processes that the shell started. The guard holds the read end of a
// pipe and this process is the only one with the write end. When this process dies, the kernel closes the write end
// and the guard kills the group.
void ChildProcess::start_guard() {
    Pipe lifeline = make_pipe();
    guard_ = ::fork();
    if (guard_ == 0) {
        // The guard must outlive the signals that ask the group to end, and must not run this program's signal
        // handlers.
        std::signal(SIGTERM, SIG_IGN);
        std::signal(SIGINT, SIG_IGN);
        lifeline.write_end.reset();
        char nothing = 0;
        if (::setpgid(0, pid_) < 0) ::_exit(EXIT_FAILURE);
        posix::uninterrupted([&] { return ::read(lifeline.read_end.get(), &nothing, 1); });
        ::kill(-pid_, SIGKILL);
        ::_exit(EXIT_SUCCESS);
    }
    lifeline_ = std::move(lifeline.write_end);
}

bool ChildProcess::read_more(posix::Deadline deadline) {
    if (!wait_readable(output_.get(), deadline)) return false;
    std::array<char, 4096> bytes;
    const ssize_t size = posix::uninterrupted([&] { return ::read(output_.get(), bytes.data(), bytes.size()); });
    if (size <= 0) return false;
    unread_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
}

std::optional<std::string> ChildProcess::read_line(posix::Deadline deadline) {
    std::size_t end = unread_.find('\n');
    while (end == std::string::npos) {
        if (!read_more(deadline)) return std::nullopt;
        end = unread_.find('\n');
    }
    std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return line;
}

std::string ChildProcess::read_all(posix::Deadline deadline) {
    while (read_more(deadline)) {
    }
    return std::exchange(unread_, {});
}

void ChildProcess::write_input(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t sent =
            posix::uninterrupted([&] { return ::send(input_.get(), text.data(), text.size(), MSG_NOSIGNAL); });
        if (sent < 0) posix::throw_errno("cannot write to the standard input of a process");
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool ChildProcess::wait_for_end(posix::Deadline deadline) const { return wait_readable(process_.get(), deadline); }

bool ChildProcess::succeeded() const {
    const siginfo_t info = exit_info(pid_);
    return info.si_pid == pid_ && info.si_code == CLD_EXITED && info.si_status == 0;
}

std::string ChildProcess::exit_text() const {
    const siginfo_t info = exit_info(pid_);
    std::string text = "runs";
    if (info.si_pid == pid_ && info.si_code == CLD_EXITED) text = fmt::format("exit {}", info.si_status);
    if (info.si_pid == pid_ && info.si_code != CLD_EXITED) {
        const char* name = ::sigabbrev_np(info.si_status);
        text =
            name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", info.si_status);
    }
    const std::string words = stderr_tail();
    return words.empty() ? text : text + ": " + words;
}

std::string ChildProcess::stderr_tail() const {
    std::array<char, 512> tail;
    struct stat log {};
    if (::fstat(log_.get(), &log) < 0) return "";
    const off_t from = std::max<off_t>(0, log.st_size - static_cast<off_t>(tail.size()));
    const ssize_t got = ::pread(log_.get(), tail.data(), tail.size(), from);
    if (got <= 0) return "";
    std::string text(tail.data(), static_cast<std::size_t>(got));
    text.erase(text.find_last_not_of(" \r\n") + 1);
    const std::size_t line = text.find_last_of('\n') + 1;
    // JSON allows only valid UTF-8.
    return boost::nowide::utf::convert_string<char>(text.data() + line, text.data() + text.size());
}

void ChildProcess::send_signal(int number) const {
    if (pid_ > 0) ::kill(-pid_, number);
}

void ChildProcess::stop(std::chrono::milliseconds patience) {
    if (pid_ < 0) return;
    if (patience.count() > 0 && ::kill(-pid_, SIGTERM) == 0) {
        ::kill(-pid_, SIGCONT);
        pollfd end{process_.get(), POLLIN, 0};
        const auto deadline = posix::Clock::now() + patience;
        // Not wait_readable: an interrupted comparison still gives its children time to end.
        posix::uninterrupted([&] { return ::poll(&end, 1, posix::milliseconds_until(deadline)); });
    }
    ::kill(-pid_, SIGKILL);
    if (guard_ > 0) {
        // Also by its PID: the guard may not have joined the group yet.
        ::kill(guard_, SIGKILL);
        reap(guard_);
    }
    reap(pid_);
    pid_ = guard_ = -1;
}

}  // namespace iomux::compare
