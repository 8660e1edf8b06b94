#include "compare/mechanisms/in_child.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

void keep_quiet() {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
}

}  // namespace

ChildEnd run_in_child(const std::function<int()>& body) {
    const pid_t child = posix::check(::fork(), "cannot start a process");
    if (child == 0) {
        keep_quiet();
        ::_exit(body());
    }
    int status = 0;
    posix::check(posix::uninterrupted([&] { return ::waitpid(child, &status, 0); }), "waitpid");
    if (WIFSIGNALED(status)) return {.returned = std::nullopt, .signal = WTERMSIG(status)};
    return {.returned = WEXITSTATUS(status)};
}

}  // namespace iomux::compare
