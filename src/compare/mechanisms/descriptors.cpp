#include "compare/mechanisms/descriptors.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include <array>
#include <climits>
#include <vector>

#include "compare/mechanisms/checked_set.hpp"
#include "compare/mechanisms/in_child.hpp"
#include "compare/mechanisms/ring_read.hpp"
#include "posix/event_fd.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using posix::check;
using posix::UniqueFd;

// Duplicates the descriptor to this number, or to the next free number above it.
UniqueFd numbered(int fd, int number) {
    return UniqueFd(check(::fcntl(fd, F_DUPFD_CLOEXEC, number), "cannot duplicate a descriptor to a high number"));
}

// The kernel does not know FD_SETSIZE: it reads sets that are as long as the first argument requires.
bool kernel_selects(int fd) {
    constexpr int bits = sizeof(unsigned long) * CHAR_BIT;
    std::vector<unsigned long> set(static_cast<std::size_t>(fd / bits) + 1);
    const unsigned long bit = 1ul << (fd % bits);
    set.back() = bit;
    const timespec now{};
    const long ready = ::syscall(SYS_pselect6, fd + 1, set.data(), nullptr, nullptr, &now, nullptr);
    return ready == 1 && set.back() == bit;
}

bool poll_reports(int fd) {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1 && polled.revents == POLLIN;
}

UniqueFd make_epoll() { return UniqueFd(check(::epoll_create1(EPOLL_CLOEXEC), "cannot create an epoll instance")); }

std::error_code add_to(const UniqueFd& epoll, int fd) {
    epoll_event wanted{.events = EPOLLIN, .data = {.fd = fd}};
    return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &wanted) < 0 ? posix::error_of(errno) : std::error_code();
}

bool reports_only(const UniqueFd& epoll, int fd) {
    std::array<epoll_event, 2> events{};
    return ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), 0) == 1 && events[0].data.fd == fd;
}

bool epoll_reports(int fd) {
    const UniqueFd epoll = make_epoll();
    return !add_to(epoll, fd) && reports_only(epoll, fd);
}

bool select_reports(int fd) {
    if (fd >= FD_SETSIZE) throw std::runtime_error("cannot call select: too many descriptors are open (FD_SETSIZE)");
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval now{};
    return ::select(fd + 1, &set, nullptr, nullptr, &now) == 1 && FD_ISSET(fd, &set);
}

int lower_limit(std::size_t limit) {
    const rlimit lowered{limit, limit};
    return ::setrlimit(RLIMIT_NOFILE, &lowered);
}

std::error_code error_returned(const ChildEnd& end) {
    if (!end.returned) throw std::runtime_error("a child process was killed by a signal");
    return *end.returned == 0 ? std::error_code() : posix::error_of(*end.returned);
}

}  // namespace

PastFdSet probe_past_fd_set() {
    if (posix::descriptor_limit() <= FD_SETSIZE) posix::raise_descriptor_limit();
    const posix::EventFd event;
    event.notify();
    const UniqueFd last = numbered(event.fd(), FD_SETSIZE - 1);
    const UniqueFd high = numbered(event.fd(), FD_SETSIZE);
    const int fd = high.get();
    const ChildEnd checked = run_in_child([fd] { return put_into_checked_set(fd); });
    return {.set_size = FD_SETSIZE,
            .last_fits = last.get() < FD_SETSIZE && select_reports(last.get()),
            .number = fd,
            .kernel_selects = kernel_selects(fd),
            .poll_reports = poll_reports(fd),
            .epoll_reports = epoll_reports(fd),
            .signal_from_checked = checked.signal};
}

PastLimit probe_past_limit(std::size_t limit) {
    // poll(2) ignores entries with the descriptor -1, but counts them against the limit.
    std::vector<pollfd> polled(limit + 1, pollfd{-1, POLLIN, 0});
    const ChildEnd poll = run_in_child([&] {
        if (lower_limit(limit) < 0) return 0;
        return ::poll(polled.data(), polled.size(), 0) < 0 ? errno : 0;
    });
    const ChildEnd open = run_in_child([&] {
        if (lower_limit(limit) < 0) return 0;
        for (std::size_t i = 0; i <= limit; ++i)
            if (::epoll_create1(0) < 0) return errno;
        return 0;
    });
    return {.limit = limit, .poll = error_returned(poll), .open = error_returned(open)};
}

WatchedAndClosed probe_watched_and_closed() {
    // High numbers are not reused by other threads in the meantime.
    constexpr int high = FD_SETSIZE - 100;
    const posix::EventFd event;
    event.notify();
    const UniqueFd ready = numbered(event.fd(), high);
    UniqueFd closing(check(::eventfd(0, EFD_CLOEXEC), "cannot create an eventfd"));
    closing = numbered(closing.get(), high);
    const int closed = closing.get();
    const UniqueFd epoll = make_epoll();
    const bool registered = !add_to(epoll, ready.get()) && !add_to(epoll, closed);
    closing.reset();

    if (closed >= FD_SETSIZE || ready.get() >= FD_SETSIZE)
        throw std::runtime_error("cannot call select: too many descriptors are open (FD_SETSIZE)");
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ready.get(), &set);
    FD_SET(closed, &set);
    timeval now{};
    const int selected = ::select(FD_SETSIZE, &set, nullptr, nullptr, &now);
    const std::error_code select_error = selected < 0 ? posix::error_of(errno) : std::error_code();

    std::array<pollfd, 2> polled{pollfd{ready.get(), POLLIN, 0}, pollfd{closed, POLLIN, 0}};
    const int found = ::poll(polled.data(), polled.size(), 0);
    return {.select = select_error,
            .poll_continues = found == 2 && polled[0].revents == POLLIN && polled[1].revents == POLLNVAL,
            .epoll_continues = registered && reports_only(epoll, ready.get())};
}

RegularFile probe_regular_file() {
    const UniqueFd file(check(::memfd_create("regular", MFD_CLOEXEC), "cannot create an in-memory file"));
    RegularFile result{.select_reports = select_reports(file.get()),
                       .poll_reports = poll_reports(file.get()),
                       .epoll = add_to(make_epoll(), file.get()),
                       .ring_reads = std::nullopt};
    constexpr std::string_view text = "content";
    check(static_cast<int>(::pwrite(file.get(), text.data(), text.size(), 0)), "cannot write to an in-memory file");
    if (const std::optional<std::string> read = read_by_ring(file.get(), text.size()))
        result.ring_reads = *read == text;
    return result;
}

}  // namespace iomux::compare
