#include "compare/meters/call_counters.hpp"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <array>
#include <charconv>
#include <optional>

#include "compare/meters/meters.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::UniqueFd;

// System calls that a server under load may make. Others have no counter of their own, because every thread needs one
// descriptor for each name.
constexpr std::array counted_names{
    "accept",   "accept4",   "clock_nanosleep", "clone",          "clone3",
    "close",    "epoll_ctl", "epoll_pwait",     "epoll_pwait2",   "epoll_wait",
    "fcntl",    "futex",     "getsockopt",      "io_uring_enter", "ioctl",
    "madvise",  "mmap",      "mprotect",        "munmap",         "nanosleep",
    "poll",     "ppoll",     "pselect6",        "read",           "readv",
    "recvfrom", "recvmmsg",  "recvmsg",         "rt_sigprocmask", "sched_yield",
    "select",   "sendmmsg",  "sendmsg",         "sendto",         "setsockopt",
    "shutdown", "splice",    "timerfd_settime", "write",          "writev",
};
constexpr const char* every_call = "raw_syscalls/sys_enter";
constexpr pid_t ourselves = 0;

// A private mount without a path. It ends with its descriptor, so the machine stays unchanged.
UniqueFd mount_tracefs() {
    const UniqueFd context(check(::fsopen("tracefs", FSOPEN_CLOEXEC), "cannot mount tracefs"));
    check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "cannot mount tracefs");
    return UniqueFd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY), "cannot mount tracefs"));
}

// Opens the folder of the tracepoints.
UniqueFd open_events() {
    constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    for (const char* path : {"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"})
        if (UniqueFd events(::open(path, flags)); events) return events;
    return UniqueFd(
        check(::openat(mount_tracefs().get(), "events", flags), "cannot open the events folder of tracefs"));
}

// The kernel's ID of a tracepoint. Returns nothing if the tracepoint does not exist; errno has the reason.
std::optional<std::uint64_t> id_of(const UniqueFd& events, const std::string& tracepoint) {
    const UniqueFd file(::openat(events.get(), (tracepoint + "/id").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::array<char, 32> text{};
    const ssize_t size = posix::uninterrupted([&] { return ::read(file.get(), text.data(), text.size()); });
    std::uint64_t id = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, id).ec != std::errc()) return std::nullopt;
    return id;
}

enum class Counts { calls, nothing };

UniqueFd open_counter(std::uint64_t tracepoint, pid_t thread, Counts counts) {
    perf_event_attr what{};
    what.size = sizeof what;
    what.type = PERF_TYPE_TRACEPOINT;
    what.config = tracepoint;
    what.disabled = counts == Counts::nothing;
    what.inherit = counts == Counts::calls;
    constexpr int any_core = -1, no_group = -1;
    return UniqueFd(
        static_cast<int>(::syscall(SYS_perf_event_open, &what, thread, any_core, no_group, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

CallCounts operator-(const CallCounts& later, const CallCounts& earlier) {
    CallCounts between{later.by_name, later.all - earlier.all};
    for (const auto& [name, count] : earlier.by_name) between.by_name[name] -= count;
    return between;
}

Tracepoints::Tracepoints() {
    const UniqueFd events = open_events();
    // The kernel uses the same call names on every architecture, but each architecture has only some of the calls.
    const auto keep = [&](const char* name, const std::string& path) {
        const std::optional<std::uint64_t> id = id_of(events, path);
        if (!id) return false;
        all_.push_back({name, *id, open_counter(*id, ourselves, Counts::nothing)});
        if (!all_.back().kept) posix::throw_errno("cannot count system calls");
        return true;
    };
    if (!keep("", every_call)) posix::throw_errno(std::string("cannot read the ID of tracepoint ") + every_call);
    for (const char* name : counted_names) keep(name, std::string("syscalls/sys_enter_") + name);
}

CallCounters::CallCounters(const Tracepoints& tracepoints, std::span<const pid_t> processes) {
    // A server may be starting its threads now. One that starts after the list was read, but before the thread that
    // starts it has its counters, is counted nowhere.
    constexpr int most_attempts = 10;
    for (int attempt = 1; attempt <= most_attempts; ++attempt) {
        const std::vector<pid_t> threads = threads_of(processes);
        counters_.clear();
        count_calls_of(threads, tracepoints);
        if (threads_of(processes) == threads) return;
    }
    throw std::system_error(posix::error_of(EAGAIN), "cannot count system calls: threads start all the time");
}

void CallCounters::count_calls_of(std::span<const pid_t> threads, const Tracepoints& tracepoints) {
    for (const Tracepoints::Tracepoint& point : tracepoints.all_)
        for (const pid_t thread : threads) {
            UniqueFd fd = open_counter(point.id, thread, Counts::calls);
            if (fd)
                counters_.push_back({point.name, std::move(fd)});
            else if (errno != ESRCH)  // ESRCH: the thread has just ended
                posix::throw_errno("cannot count system calls");
        }
}

CallCounts CallCounters::read() const {
    CallCounts counts;
    for (const auto& [name, counter] : counters_) {
        std::uint64_t count = 0;
        const int fd = counter.get();
        const ssize_t size = posix::uninterrupted([&] { return ::read(fd, &count, sizeof count); });
        if (size != sizeof count) posix::throw_errno("cannot read a system call counter");
        (name.empty() ? counts.all : counts.by_name[name]) += count;
    }
    return counts;
}

}  // namespace iomux::compare
