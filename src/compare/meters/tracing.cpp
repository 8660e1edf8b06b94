#include "compare/meters/tracing.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80;

// ptrace event stops have the event in the bits above the signal.
bool is_for_a_signal(int status) { return status >> 16 == 0 && WSTOPSIG(status) != system_call_stop; }

}  // namespace

std::optional<std::variant<CallEntry, CallExit>> call_stop(pid_t stopped, int status) {
    __ptrace_syscall_info info{};
    if (WSTOPSIG(status) != system_call_stop || ::ptrace(PTRACE_GET_SYSCALL_INFO, stopped, sizeof info, &info) <= 0)
        return std::nullopt;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) return CallExit{info.exit.rval};
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return std::nullopt;
    CallEntry entry{.number = static_cast<long>(info.entry.nr), .arguments = {}};
    std::ranges::copy(info.entry.args, entry.arguments.begin());
    return entry;
}

void count_call(pid_t stopped, int status, SystemCallCounts& counts) {
    const auto stop = call_stop(stopped, status);
    if (!stop) return;
    if (const auto* entry = std::get_if<CallEntry>(&*stop)) ++counts[entry->number];
}

void run_on(pid_t stopped, int status) {
    const long signal = is_for_a_signal(status) ? WSTOPSIG(status) : 0;
    // ESRCH: the thread was killed meanwhile; its end is reported next.
    if (::ptrace(PTRACE_SYSCALL, stopped, nullptr, signal) < 0 && errno != ESRCH)
        posix::throw_errno("cannot trace a process (ptrace)");
}

}  // namespace iomux::compare
