"""Rows about many clients at once and how they affect each other."""

import contextlib
import json
import multiprocessing
import os
import resource
import socket
import threading
import time

import programs
from case import NotTried, await_descriptors, descriptors, fill, p99, ping, require, resident

PINGS = 300


def pings_of(client, times=PINGS):
    return p99([ping(client) for _ in range(times)])


def hundred_that_never_read(case):
    options = ("--workers", "128") if case.name == "pool" else ()
    with case.server("--service", "suffix", *options) as server, contextlib.ExitStack() as stack:
        good = stack.enter_context(server.connect())
        baseline, before = pings_of(good), resident(server)
        for _ in range(100):
            slow = stack.enter_context(server.connect())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
            # More than the kernel buffers for a client. Limited, so that a server that reads for ever does not use all memory.
            fill(slow, b"x" * 65536, seconds=0.02, most=16 << 20)
        # The best of three, because a delay by the scheduler is not the fault of the server.
        beside = min(pings_of(good) for _ in range(3))
        require(beside <= max(3 * baseline, 1), f"p99 {beside:.2f} ms with them, {baseline:.2f} ms alone")
        grown = (resident(server) - before) // 100
        require(grown <= case.most_for_a_client, f"memory grows by {grown // 1024} KiB per client")
        return f"p99 {beside:.2f} ms, {baseline:.2f} ms alone; {grown // 1024} KiB more memory per client"


def flooder(case):
    """A client sends as many messages as it can and reads the replies."""
    with case.server("--framing", "line") as server, contextlib.ExitStack() as stack:
        pings = [stack.enter_context(server.connect()) for _ in range(50)]
        flood = multiprocessing.Process(target=flood_forever, args=(server.port,), daemon=True)
        flood.start()
        try:
            worst = min(p99_of_lines(pings) for _ in range(3))
        finally:
            flood.kill()
            flood.join()
        require(worst <= 10, f"p99 {worst:.1f} ms")
        return f"p99 {worst:.1f} ms"


def p99_of_lines(pings):
    # If a thousand pings take longer than this, their mean is already above the limit.
    give_up = time.monotonic() + 10
    times = []
    for _ in range(20):
        if time.monotonic() > give_up:
            break
        for client in pings:
            begin = time.monotonic()
            require(programs.ask(client, b"hi\n", b"hi_suffix\n"), "wrong reply")
            times.append(1000 * (time.monotonic() - begin))
    return p99(times)


def flood_forever(port):
    with socket.create_connection(("127.0.0.1", port)) as client:
        threading.Thread(target=read_for_ever, args=(client,), daemon=True).start()
        while True:
            client.sendall(b"\n" * 65536)


def read_for_ever(client):
    while client.recv(1 << 20):
        pass


@contextlib.contextmanager
def many_descriptors(number):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < number:
        raise NotTried(f"the hard limit on file descriptors is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def storm(case):
    if case.has_ceiling or case.name == "pool":
        raise NotTried("its own limit is lower")
    number = case.few(10_000, 2000)
    room = ("--max-connections", str(number + 10)) if case.name == "blocking" else ()
    with many_descriptors(number + 200), case.server(*room) as server, contextlib.ExitStack() as stack:
        good = stack.enter_context(server.connect())
        baseline = pings_of(good)
        times, stop = [], threading.Event()

        def ping_meanwhile():
            while not stop.is_set():
                times.append(ping(good))

        pinger = threading.Thread(target=ping_meanwhile)
        pinger.start()
        clients = [stack.enter_context(server.connect()) for _ in range(number)]
        stop.set()
        pinger.join()
        for client in clients:
            client.sendall(b"hi")
        for client in clients:
            require(programs.receive(client, 9) == b"hi_suffix", "a client is not served")
        beside = p99(times)
        # Below a millisecond, the threads of this program dominate the figure. With --quick, other tests run meanwhile.
        require(case.quick or beside <= max(5 * baseline, 5), f"p99 {beside:.1f} ms, {baseline:.2f} ms before")
        return f"none of {number:,} failed, p99 {beside:.1f} ms, {baseline:.2f} ms before"


def churn(case, port, number, at_once):
    """Runs `number` clients, or a few more, that connect, send, read the reply and close."""
    served = 0
    while served < number:
        served += churn_for(case, port, at_once, "5s" if number > 100_000 else "500ms")
    return served


def churn_for(case, port, at_once, duration):
    done = programs.run(
        os.path.join(case.build, "src/load/iomux-load"), "--port", str(port), "--service", "suffix", "--size", "2",
        "--churn", "--connections", str(at_once), "--warmup", "0", "--duration", duration, "--json")
    require(done.returncode == 0, done.stderr.strip())
    return json.loads(done.stdout)["messages"]


def million(case):
    number = case.few(1_000_000, 20_000)
    with case.server() as server:
        # With a thread per client, earlier threads take time to end. So fewer clients run at a time.
        at_once = 2 if case.has_a_thread_each else 16
        churn(case, server.port, 2000, at_once)
        baseline, before = descriptors(server), resident(server)
        served = churn(case, server.port, number, at_once)
        await_descriptors(server, baseline)
        grown = resident(server) - before
        require(grown <= 1 << 20, f"memory grows by {grown // 1024} KiB")
        return f"{served:,} connects, no descriptor left open, {grown // 1024} KiB more"
