// Replaces the C library's functions for the system calls with which servers move bytes and wait.
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>

#include "injection.hpp"

namespace {

using iomux::faults::Call;
using iomux::faults::Fault;
using iomux::faults::injected_error;
using iomux::faults::is_to_fail;

// The C library's function of that name.
template <class Function>
Function* next_of(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

ssize_t fail(int error) {
    errno = error;
    return -1;
}

// What the last epoll_ctl(2) call for a descriptor has set.
struct Watched {
    int set = -1;
    epoll_event event{};
};
std::mutex watched_mutex;
std::array<Watched, 1024> watched;

void remember(int fd, const Watched& one) {
    const std::lock_guard lock(watched_mutex);
    watched.at(static_cast<std::size_t>(fd)) = one;
}

// With EPOLLET the bytes that an injected fault has left unread would not be reported again. This makes epoll report
// them as if they had just arrived.
void make_edge(int fd) {
    const std::lock_guard lock(watched_mutex);
    Watched& one = watched.at(static_cast<std::size_t>(fd));
    if (one.set < 0 || (one.event.events & EPOLLET) == 0) return;
    const int saved = errno;
    static const auto next = next_of<decltype(::epoll_ctl)>("epoll_ctl");
    next(one.set, EPOLL_CTL_MOD, fd, &one.event);
    errno = saved;
}

// Makes a call on `fd`, or injects the fault. `whole` makes the call, `one_byte` makes it for one byte.
template <class Whole, class OneByte>
auto attempt_on(int fd, Call call, Whole whole, OneByte one_byte) {
    if (!is_to_fail(call)) return whole();
    const int error = injected_error();
    const auto result = error == Fault::one_byte ? one_byte() : static_cast<decltype(whole())>(fail(error));
    if (error == Fault::one_byte || error == EAGAIN) make_edge(fd);
    return result;
}

template <class Whole>
auto attempt(Call call, Whole whole) {
    return is_to_fail(call) ? static_cast<decltype(whole())>(fail(injected_error())) : whole();
}

// Only the first byte of a message.
struct Shortened {
    explicit Shortened(const msghdr& whole) : first{whole.msg_iov[0].iov_base, 1}, message(whole) {
        message.msg_iov = &first;
        message.msg_iovlen = 1;
    }
    iovec first;
    msghdr message;
};

}  // namespace

extern "C" {

ssize_t recv(int fd, void* into, size_t size, int flags) {
    static const auto next = next_of<decltype(::recv)>("recv");
    return attempt_on(
        fd, Call::receive, [&] { return next(fd, into, size, flags); },
        [&] { return next(fd, into, std::min<size_t>(size, 1), flags); });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static const auto next = next_of<decltype(::recvmsg)>("recvmsg");
    return attempt_on(
        fd, Call::receive, [&] { return next(fd, message, flags); },
        [&] {
            Shortened shorter(*message);
            return next(fd, &shorter.message, flags);
        });
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    static const auto next = next_of<decltype(::send)>("send");
    return attempt_on(
        fd, Call::send, [&] { return next(fd, bytes, size, flags); },
        [&] { return next(fd, bytes, std::min<size_t>(size, 1), flags); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static const auto next = next_of<decltype(::sendmsg)>("sendmsg");
    return attempt_on(
        fd, Call::send, [&] { return next(fd, message, flags); },
        [&] {
            Shortened shorter(*message);
            return next(fd, &shorter.message, flags);
        });
}

int accept(int fd, sockaddr* name, socklen_t* size) {
    static const auto next = next_of<decltype(::accept)>("accept");
    const auto whole = [&] { return next(fd, name, size); };
    return attempt_on(fd, Call::accept, whole, whole);
}

int accept4(int fd, sockaddr* name, socklen_t* size, int flags) {
    static const auto next = next_of<decltype(::accept4)>("accept4");
    const auto whole = [&] { return next(fd, name, size, flags); };
    return attempt_on(fd, Call::accept, whole, whole);
}

int epoll_ctl(int set, int operation, int fd, epoll_event* event) noexcept {
    static const auto next = next_of<decltype(::epoll_ctl)>("epoll_ctl");
    const auto whole = [&] { return next(set, operation, fd, event); };
    // Only adding to a set needs memory.
    const int result = operation == EPOLL_CTL_ADD ? attempt(Call::watch, whole) : whole();
    if (result == 0 && event != nullptr) remember(fd, {set, *event});
    return result;
}

int epoll_wait(int set, epoll_event* events, int most, int timeout) {
    static const auto next = next_of<decltype(::epoll_wait)>("epoll_wait");
    return attempt(Call::wait, [&] { return next(set, events, most, timeout); });
}

int poll(pollfd* polled, nfds_t count, int timeout) {
    static const auto next = next_of<decltype(::poll)>("poll");
    return attempt(Call::wait, [&] { return next(polled, count, timeout); });
}

int ppoll(pollfd* polled, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    static const auto next = next_of<decltype(::ppoll)>("ppoll");
    return attempt(Call::wait, [&] { return next(polled, count, timeout, mask); });
}

int select(int count, fd_set* reads, fd_set* writes, fd_set* others, timeval* timeout) {
    static const auto next = next_of<decltype(::select)>("select");
    return attempt(Call::wait, [&] { return next(count, reads, writes, others, timeout); });
}

int pselect(int count, fd_set* reads, fd_set* writes, fd_set* others, const timespec* timeout, const sigset_t* mask) {
    static const auto next = next_of<decltype(::pselect)>("pselect");
    return attempt(Call::wait, [&] { return next(count, reads, writes, others, timeout, mask); });
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
    static const auto next = next_of<decltype(::pthread_create)>("pthread_create");
    return is_to_fail(Call::thread) ? injected_error() : next(thread, attributes, start, argument);
}

}  // extern "C"
