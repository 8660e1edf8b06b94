"""Rows about accepting clients and about starting."""

import contextlib
import ctypes
import errno
import os
import resource
import socket
import tempfile
import time

import programs
import seccomp
from case import NotTried, ShortFall, descriptors, is_closed, require, sockets

LIMIT, CLIENTS = 40, 60


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


def descriptors_run_out(case):
    # A polling server uses CPU for every pass. Fewer passes leave the CPU time that accepting uses.
    seldom = ("--poll-interval", "50ms") if case.name == "nonblocking" else ()
    with case.server(*seldom, preexec_fn=few_descriptors) as server, contextlib.ExitStack() as stack:
        listeners = sockets(server)
        clients = [stack.enter_context(server.connect()) for _ in range(CLIENTS)]
        programs.wait_until(lambda: descriptors(server) >= LIMIT - 1 or server.process.poll() is not None,
                            "the server runs out of descriptors")
        lines = len(server.log().splitlines())
        share = programs.cpu_share(server)
        lines = len(server.log().splitlines()) - lines
        require(share < 0.05, f"{100 * share:.0f} % CPU while accepting is paused")
        require(lines <= 10, f"{lines} log lines per second")
        connected = sockets(server) - listeners
        served, waiting = clients[:connected], clients[connected:]
        require(connected > LIMIT // 2, f"only {connected} clients are served")
        for client in served:
            require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
        for client in waiting:
            client.sendall(b"hi")
        for client in served[: len(waiting)]:
            client.close()
        late = max(seconds_to_answer(client) for client in waiting)
        require(late <= 1, f"a new client is served only after {late:.1f} s")
        return f"{100 * share:.1f} % CPU, new clients served within {1000 * late:.0f} ms"


def seconds_to_answer(client):
    """Of a client that has already sent its message."""
    begin = time.monotonic()
    with contextlib.suppress(ConnectionError):
        reply = programs.receive(client, 9)
        require(reply in (b"", b"hi_suffix"), "wrong reply")
        if reply:
            return time.monotonic() - begin
    raise ShortFall("a waiting client was disconnected")


def serve_through(case, inject, clients):
    """Serves clients while system calls fail. Returns the seconds until all are served."""
    with case.traced(inject) as server:
        begin = time.monotonic()
        for _ in range(clients):
            with server.connect() as client:
                require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
        return time.monotonic() - begin


def needs_accept_calls(case):
    if case.on_a_ring and case.mechanism.family == "completion":
        raise NotTried("the kernel accepts for it, so no call can be made to fail (the tests in fault_injection do it)")


def accept_lacks_resources(case):
    needs_accept_calls(case)
    worst = max(serve_through(case, f"accept,accept4:error={error}:when=1..2", 5)
                for error in ("ENFILE", "ENOBUFS", "ENOMEM"))
    require(worst <= 2, f"all clients are served only after {worst:.1f} s")
    return f"all served within {worst:.2f} s"


def accept_aborted(case):
    needs_accept_calls(case)
    serve_through(case, "accept,accept4:error=ECONNABORTED:when=3+7", 30)
    return "none of 30 lost"


def interrupted(case):
    waits = "epoll_wait,epoll_pwait,poll,ppoll,pselect6,select,io_uring_enter"
    moves = "recvfrom,recvmsg,readv,sendto,sendmsg,writev"
    message = b"x" * 500 + b"\n"
    # The dynamic loader reads too, before the program starts.
    for calls in (f"{waits}:error=EINTR:when=5+3", f"{moves}:error=EINTR:when=5+3", "read,write:error=EINTR:when=20+3"):
        with case.traced(calls, "--framing", "line") as server:
            with server.connect() as client:
                for _ in range(100):
                    require(programs.ask(client, message, message[:-1] + b"_suffix\n"), "wrong reply")
    return "100 messages, every byte correct"


def too_many(case):
    limit = 10
    with case.server("--max-connections", str(limit)) as server, contextlib.ExitStack() as stack:
        served = [stack.enter_context(server.connect()) for _ in range(limit)]
        for client in served:
            require(programs.ask(client, b"hi", b"hi_suffix"), "a client within the limit is not served")
        begin = time.monotonic()
        for _ in range(20):
            with server.connect() as client:
                require(is_closed(client, 5), "a client above the limit is not disconnected")
        each = (time.monotonic() - begin) / 20
        require(each <= 0.1, f"clients above the limit are disconnected only after {1000 * each:.0f} ms")
        for client in served:
            require(programs.ask(client, b"hi", b"hi_suffix"), "a client within the limit is no longer served")
        return f"{limit} served, 20 disconnected within {1000 * each:.1f} ms each"


def past_fd_setsize(case):
    if not case.has_ceiling:
        raise NotTried("has no such limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        with case.server() as server, contextlib.ExitStack() as stack:
            clients = [stack.enter_context(server.connect()) for _ in range(1100)]
            low = [client for client in clients[:1000] if programs.ask(client, b"hi", b"hi_suffix")]
            closed = [client for client in clients[1030:] if is_closed(client, 5)]
            require(len(low) == 1000, f"{1000 - len(low)} clients below the limit are not served")
            require(len(closed) == 70, f"{70 - len(closed)} clients above the limit are not disconnected")
            lines = len(server.log().splitlines())
            require(lines <= 5, f"{lines} log lines")
            require(server.process.poll() is None, "the server has died")
            return "1,000 served, the others disconnected"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def refused(case, *options, code, **popen):
    done = programs.run(case.mechanism.program, case.name, *options, **popen)
    require(done.returncode == code, f"{' '.join(options)}: exit {done.returncode} instead of {code}")
    require(done.stderr.count("\n") == 1, f"{' '.join(options)}: {done.stderr.count(chr(10))} lines on standard error")
    return done.stderr


def cannot_start(case):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(case, "--port", str(taken.getsockname()[1]), code=1)
    refused(case, "--port", "0", "--no-such-option", code=2)
    if not case.has("--unix"):
        return "one line each, exit 1, 2"
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o500)
        path = os.path.join(directory, "socket")
        error = refused(case, "--unix", path, code=1, preexec_fn=may_not_pass_permissions)
        require("Permission denied" in error, f"--unix: {error}")
    return "one line each, exit 1, 2, 1"


def may_not_pass_permissions():
    """After the next exec, even root has only the rights that file permissions give (capabilities(7))."""
    PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)


def exchange_at_once(case, *options):
    if case.name != "io_uring":
        raise NotTried("has no ring with a configurable size")
    request = b"x" * 65536
    with case.server("--service", "echo", *options) as server:
        baseline = descriptors(server)
        with server.connect() as client:
            begin = time.monotonic()
            require(programs.ask(client, request, request), "wrong reply")
            took = time.monotonic() - begin
        require(descriptors(server) <= baseline + 1, "descriptors are still open")
        return f"64 KiB answered in {1000 * took:.0f} ms", server.log()


def buffers_run_out(case):
    """With one and two buffers, while clients that do not read their replies could occupy all of them."""
    figure, _ = exchange_at_once(case, "--ring-buffers", "2", "--ring-buffer-size", "64")
    for buffers in ("1", "2"):
        options = ("--service", "echo", "--ring-buffers", buffers, "--ring-buffer-size", "64")
        with case.server(*options) as server, contextlib.ExitStack() as stack:
            good = stack.enter_context(server.connect())
            alone = time_of_pings(good)
            for _ in range(4):
                stop_reading(stack.enter_context(server.connect()))
            beside = time_of_pings(good)
            require(beside <= max(0.01, 3 * alone),
                    f"with {buffers} buffers a ping takes {1000 * beside:.1f} ms while other clients do not read")
    return figure + f", a ping while other clients do not read in {1000 * beside:.2f} ms"


def time_of_pings(client):
    """The median round-trip time in seconds."""
    times = []
    for _ in range(21):
        begin = time.monotonic()
        require(programs.ask(client, b"x" * 64, b"x" * 64), "wrong reply")
        times.append(time.monotonic() - begin)
    return sorted(times)[10]


def stop_reading(client):
    """Sends until a send blocks, and reads nothing."""
    client.settimeout(0.2)
    try:
        while True:
            client.sendall(b"x" * 65536)
    except TimeoutError:
        pass


def completions_overflow(case):
    figure, log = exchange_at_once(case, "--ring-entries", "2", "--ring-buffer-size", "64")
    require("completion queue overflow" in log, "the completion queue has not overflowed")
    return figure


def ring_refused(case):
    if not case.on_a_ring:
        raise NotTried("has no ring")
    for error in (errno.EPERM, errno.ENOSYS):
        refused(case, "--port", "0", code=1, preexec_fn=seccomp.without_io_uring(error))
    return "one line each, exit 1"
