#include "compare/process/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "cli/printable.hpp"
#include "compare/process/cores.hpp"
#include "compare/process/process_tree.hpp"
#include "compare/process/wait.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::UniqueFd;

// fork(2) fails with EAGAIN if a limit is reached.
constexpr std::string_view cannot_start = "cannot start a process (limits: ulimit -u, pids.max of the cgroup)";

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

// Each message arrives as a whole, and a reader can look at the first one without taking it.
Pipe make_notices() {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "cannot create a pair of sockets");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
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

// `warning: …`, `iomux-compare: warning: …`
bool is_warning(std::string_view line) {
    constexpr std::string_view mark = "warning: ";
    return line.starts_with(mark) || line.find(fmt::format(": {}", mark)) != line.npos;
}

void reap(pid_t pid) {
    // Fails only if the child has already been reaped, which is fine.
    posix::uninterrupted([&] { return ::waitpid(pid, nullptr, 0); });
}

// What a guard sends to the process that started it.
struct Notice {
    enum class Of { end, survivor } of;
    int status;         // of the end, as waitpid(2) returns it
    Survivor survivor;  // of kill_all
};

void send_notice(int fd, const Notice& notice) {
    // This fails only if the reader has died.
    static_cast<void>(::send(fd, &notice, sizeof notice, MSG_NOSIGNAL));
}

// The guard: the parent of a command that is supervised with all its descendants. It is also the parent of those whose
// own parent has ended (PR_SET_CHILD_SUBREAPER), so that none leaves the family, not even with a session of its own.
// The read end of the lifeline is at its end when the process that started the guard closes the other end, or dies.
class Guard {
public:
    Guard(pid_t command, int lifeline, int notices) : command_(command), lifeline_(lifeline), notices_(notices) {}

    void run() {
        sigset_t children;
        ::sigemptyset(&children);
        ::sigaddset(&children, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &children, nullptr);
        const UniqueFd ended(check(::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"));
        for (std::array<pollfd, 2> watched{pollfd{lifeline_, POLLIN, 0}, pollfd{ended.get(), POLLIN, 0}};
             watched[0].revents == 0;) {
            reap_children();
            static_cast<void>(posix::ready_count(::poll(watched.data(), watched.size(), -1), "poll"));
            signalfd_siginfo signal{};
            [[maybe_unused]] const ssize_t taken = ::read(ended.get(), &signal, sizeof signal);
        }
        kill_all();
    }

private:
    // Whether there are others left.
    bool reap_children() {
        for (;;) {
            int status = 0;
            const pid_t pid = posix::uninterrupted([&] { return ::waitpid(-1, &status, WNOHANG); });
            if (pid <= 0) {
                if (pid < 0 && command_succeeded_) report_end(last_status_);
                return pid == 0;
            }
            last_status_ = status;
            if (pid != command_) continue;
            command_succeeded_ = status == 0;
            if (!command_succeeded_) report_end(status);
        }
    }

    // A command that succeeds may have left a server in the background. Then the end is that of the last process.
    void report_end(int status) {
        if (!std::exchange(end_is_reported_, true))
            send_notice(notices_, {.of = Notice::Of::end, .status = status, .survivor = {}});
    }

    void kill_all() {
        constexpr auto patience = std::chrono::seconds(5);
        const auto deadline = posix::Clock::now() + patience;
        do {
            kill_descendants();
            ::poll(nullptr, 0, 1);
            if (!reap_children()) return;
        } while (posix::Clock::now() < deadline);
        for (const Survivor& survivor : kill_descendants())
            send_notice(notices_, {.of = Notice::Of::survivor, .status = 0, .survivor = survivor});
    }

    // Those that have not ended yet. Also kills threads of a process whose first thread has ended, which looks as if it
    // waited to be reaped.
    static std::vector<Survivor> kill_descendants() {
        std::vector<Survivor> running;
        for (const pid_t pid : descendants_of(::getpid(), Zombies::listed))
            running.push_back({.pid = pid, .error = ::kill(pid, SIGKILL) == 0 ? 0 : errno});
        const std::vector<pid_t> left = descendants_of(::getpid());
        std::erase_if(running, [&](const Survivor& one) { return !std::ranges::binary_search(left, one.pid); });
        return running;
    }

    const pid_t command_;
    const int lifeline_;
    const int notices_;
    bool command_succeeded_ = false;
    bool end_is_reported_ = false;
    int last_status_ = 0;
};

// Runs in a new process, and does not return. The descriptors are all that it keeps.
[[noreturn]] void run_guard(pid_t command, int lifeline, int notices) {
    // Signals that ask the whole terminal or group to end are for the processes that it guards.
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(signal, SIG_IGN);
    // A copy of the write end of another guard's lifeline would keep that guard waiting.
    const bool moved = ::dup2(lifeline, STDIN_FILENO) >= 0 && ::dup2(notices, STDOUT_FILENO) >= 0;
    ::closefrom(STDERR_FILENO);
    try {
        if (moved) Guard(command, STDIN_FILENO, STDOUT_FILENO).run();
    } catch (const std::exception&) {
        // The command ends with the guard (PR_SET_PDEATHSIG).
    }
    ::_exit(EXIT_SUCCESS);
}

}  // namespace

ChildProcess::ChildProcess(const Command& command)
    : kind_(command.kind), log_(check(::memfd_create("log", MFD_CLOEXEC), "cannot create an in-memory log")) {
    Pipe input = make_input(command.input);
    Pipe output = make_pipe();
    Pipe failure = make_pipe();
    const bool guarded = kind_ == ChildKind::with_descendants;
    Pipe lifeline = guarded ? make_pipe() : Pipe();
    Pipe notices = guarded ? make_notices() : Pipe();
    const auto report_failure = [&failure](int error) {
        // If this write fails too, the parent sees a child that ended without an error message.
        [[maybe_unused]] const ssize_t told = ::write(failure.write_end.get(), &error, sizeof error);
        ::_exit(EXIT_FAILURE);
    };
    const auto become_command = [&](pid_t parent) {
        exec_child(command, parent, input.read_end.get(), guarded ? log_.get() : output.write_end.get(), log_.get());
        report_failure(errno);
    };
    const pid_t parent = ::getpid();
    pid_ = check(::fork(), cannot_start);
    if (pid_ == 0 && !guarded) become_command(parent);
    if (pid_ == 0) {
        if (::setpgid(0, 0) < 0 || ::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) report_failure(errno);
        const pid_t guard = ::getpid();
        const pid_t started = ::fork();
        if (started < 0) report_failure(errno);
        if (started == 0) become_command(guard);
        run_guard(started, lifeline.read_end.get(), notices.write_end.get());
    }
    failure.write_end.reset();
    output.write_end.reset();
    output_ = std::move(output.read_end);
    input_ = std::move(input.write_end);
    lifeline_ = std::move(lifeline.write_end);
    notices.write_end.reset();

    int error = 0;
    if (posix::uninterrupted([&] { return ::read(failure.read_end.get(), &error, sizeof error); }) > 0) {
        lifeline_.reset();
        reap(pid_);
        posix::throw_errno("cannot run " + command.words.front(), error);
    }
    process_ = guarded ? std::move(notices.read_end) : UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!process_) {
        const int failed = errno;
        stop(std::chrono::milliseconds(0));
        posix::throw_errno("cannot supervise " + command.words.front(), failed);
    }
}

ChildProcess::~ChildProcess() { stop(std::chrono::milliseconds(0)); }

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

std::optional<ChildProcess::End> ChildProcess::end() const {
    if (kind_ == ChildKind::with_descendants) {
        Notice notice{};
        // Without MSG_PEEK, the descriptor would no longer be readable.
        const ssize_t size = ::recv(process_.get(), &notice, sizeof notice, MSG_PEEK | MSG_DONTWAIT);
        if (size < 0) return std::nullopt;
        if (size == 0) return End{.exited = false, .number = SIGKILL};  // the guard was killed
        if (WIFEXITED(notice.status)) return End{.exited = true, .number = WEXITSTATUS(notice.status)};
        return End{.exited = false, .number = WTERMSIG(notice.status)};
    }
    siginfo_t info{};
    // WNOWAIT leaves the process a zombie, so that the kernel cannot give its PID or its process group to another
    // process.
    check(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT), "waitid");
    if (info.si_pid != pid_) return std::nullopt;
    return End{.exited = info.si_code == CLD_EXITED, .number = info.si_status};
}

std::optional<int> ChildProcess::exit_status() const {
    const std::optional<End> ended = end();
    return ended && ended->exited ? std::optional(ended->number) : std::nullopt;
}

std::string ChildProcess::exit_text() const {
    const std::optional<End> ended = end();
    std::string text = "runs";
    if (ended && ended->exited) text = fmt::format("exit {}", ended->number);
    if (ended && !ended->exited) {
        const char* name = ::sigabbrev_np(ended->number);
        text =
            name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", ended->number);
    }
    const std::string words = stderr_tail();
    // A warning is not why a signal ended it.
    if (words.empty() || (ended && !ended->exited && is_warning(words))) return text;
    return text + ": " + words;
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
    return cli::well_formed_line(std::string_view(text).substr(line));
}

std::vector<pid_t> ChildProcess::processes() const {
    return kind_ == ChildKind::one_process ? std::vector{pid_} : descendants_of(pid_);
}

void ChildProcess::send_signal(int number) const {
    if (pid_ < 0) return;
    if (kind_ == ChildKind::one_process) {
        ::kill(-pid_, number);
        return;
    }
    for (const pid_t process : processes()) ::kill(process, number);
}

std::vector<Survivor> ChildProcess::stop(std::chrono::milliseconds patience) {
    if (pid_ < 0) return {};
    if (patience.count() > 0) {
        send_signal(SIGTERM);
        send_signal(SIGCONT);
        wait_for_all(posix::Clock::now() + patience);
    }
    std::vector<Survivor> survivors;
    if (kind_ == ChildKind::one_process) {
        ::kill(-pid_, SIGKILL);
    } else {
        lifeline_.reset();
        Notice notice{};
        while (posix::uninterrupted([&] { return ::recv(process_.get(), &notice, sizeof notice, 0); }) > 0)
            if (notice.of == Notice::Of::survivor) survivors.push_back(notice.survivor);
    }
    reap(pid_);
    pid_ = -1;
    return survivors;
}

// Not wait_readable: an interrupted comparison still gives its children time to end.
void ChildProcess::wait_for_all(posix::Clock::time_point deadline) const {
    pollfd end{process_.get(), POLLIN, 0};
    posix::uninterrupted([&] { return ::poll(&end, 1, posix::milliseconds_until(deadline)); });
    // No event reports the end of those that the command has left behind.
    constexpr int milliseconds_between_looks = 5;
    while (kind_ == ChildKind::with_descendants && !processes().empty() && posix::Clock::now() < deadline)
        ::poll(nullptr, 0, milliseconds_between_looks);
}

}  // namespace iomux::compare
