"""Counts the system calls of a process at the kernel's tracepoints (perf_event_open(2)), which needs root."""

import collections
import contextlib
import ctypes
import os
import struct
import sys

NAMES = ("accept accept4 clock_nanosleep epoll_ctl epoll_pwait epoll_pwait2 epoll_wait fcntl futex getsockopt "
         "io_uring_enter ioctl madvise nanosleep poll ppoll pselect6 read readv recvfrom recvmsg rt_sigprocmask "
         "sched_yield select sendmsg sendto setsockopt write writev").split()
ALL = "total"
LIBC = ctypes.CDLL(None, use_errno=True)


class CannotCount(Exception):
    """The kernel does not let this user count system calls."""


def checked(result, what):
    if result < 0:
        raise CannotCount(f"cannot count system calls: {what}: {os.strerror(ctypes.get_errno())}; run it as root")
    return result


def tracepoint_folder():
    folder = "/sys/kernel/tracing"
    if not os.path.isdir(f"{folder}/events"):
        new_mounts, private = 0x20000, 0x40000 | 0x4000  # CLONE_NEWNS, MS_PRIVATE | MS_REC
        checked(LIBC.unshare(new_mounts), "unshare")
        checked(LIBC.mount(None, b"/", None, private, None), "cannot keep mounts private")
        checked(LIBC.mount(b"tracefs", folder.encode(), b"tracefs", 0, None), "cannot mount tracefs")
    return f"{folder}/events"


def tracepoints():
    """The kernel's ID of each tracepoint, by the name of the system call. An architecture has only some of the calls."""
    folder, found = tracepoint_folder(), {}
    for name, path in ((ALL, "raw_syscalls/sys_enter"), *((name, f"syscalls/sys_enter_{name}") for name in NAMES)):
        with contextlib.suppress(FileNotFoundError), open(f"{folder}/{path}/id", encoding="ascii") as number:
            found[name] = int(number.read())
    if ALL not in found:
        raise CannotCount("cannot count system calls: this kernel has no tracepoints for them")
    return found


class Counters:
    """The system calls that the threads of a process make from now on."""

    def __init__(self, process, points):
        perf_event_open = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
        type_tracepoint, size, any_core, no_group = 2, 64, -1, -1
        self._counters = []
        for thread in os.listdir(f"/proc/{process}/task"):
            for name, point in points.items():
                # struct perf_event_attr, first version; its other fields are 0.
                what = struct.pack("=IIQ48x", type_tracepoint, size, point)
                counter = LIBC.syscall(perf_event_open, what, int(thread), any_core, no_group, 0)
                self._counters.append((name, checked(counter, "perf_event_open")))

    def close(self):
        """The calls of all threads, by name."""
        counts = collections.Counter()
        for name, counter in self._counters:
            counts[name] += int.from_bytes(os.read(counter, 8), sys.byteorder)
            os.close(counter)
        return counts
