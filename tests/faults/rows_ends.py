"""Rows about how connections end."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

import programs
from case import NotTried, await_descriptors, descriptors, require, reset

AMPLIFIED_LINE = programs.AMPLIFIED


def write_after_reset(case):
    with case.counted(*programs.AMPLIFYING) as (server, counters):
        baseline = descriptors(server)
        client = programs.hold_the_drain(server)
        reset(client)
        with server.connect() as other:
            require(programs.ask(other, b"\n", b"x" * 1024 + b"\n"), "another client is not served")
        await_descriptors(server, baseline)
        counted = counters()
        if counted is None:
            return "no signal (the server has no counters)"
        require(counted["closed"]["reset"] == 1, f"counted as {counted['closed']}")
    return "one counter, no signal"


def half_close(case):
    lines = 4096
    with case.server(*programs.AMPLIFYING) as server, server.connect() as client:
        client.sendall(b"\n" * lines)
        client.shutdown(socket.SHUT_WR)
        got = len(programs.receive_all(client))
        require(got == lines * AMPLIFIED_LINE, f"{got} bytes of {lines * AMPLIFIED_LINE}")
    return "4 MiB, then end of file"


def resets(case):
    with case.server("--framing", "line") as server:
        baseline = descriptors(server)
        server.send_signal(signal.SIGSTOP)
        for _ in range(50):
            reset(server.connect())
        server.send_signal(signal.SIGCONT)
        many = case.few(1000, 200)
        for _ in range(many):
            client = server.connect()
            client.sendall(b"x" * 100 + b"\n" + b"half a")
            reset(client)
        with server.connect() as client:
            require(programs.ask(client, b"hi\n", b"hi_suffix\n"), "a new client is not served")
        await_descriptors(server, baseline)
    return f"50 and {many:,}, no descriptor left"


def destroyed(case):
    if shutil.which("ss") is None:
        raise NotTried("ss (iproute2) is not installed")
    with case.server() as server:
        baseline = descriptors(server)
        with server.connect() as client:
            require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
            own = client.getsockname()[1]
            killed = subprocess.run(["ss", "-K", "-t", "-n", f"sport = :{server.port}", f"dport = :{own}"],
                                    capture_output=True, text=True, check=False)
            if str(own) not in killed.stdout:
                raise NotTried(f"ss -K destroys nothing here: {killed.stderr.strip() or 'no permission'}")
            begin = time.monotonic()
            await_descriptors(server, baseline, seconds=1)
            took = time.monotonic() - begin
        return f"closed within {1000 * took:.0f} ms"


def close_and_connect(case):
    """Each new client sends a message of its own length that identifies it."""
    wide, times = 64, case.few(30, 8)
    with case.server("--framing", "line") as server:
        clients = [server.connect() for _ in range(wide)]
        for turn in range(times):
            for place, client in enumerate(clients):
                client.sendall(b"%d of %d " % (turn, place) * (1 + place) + b"\n")
            for place, client in enumerate(clients):
                expected = b"%d of %d " % (turn, place) * (1 + place) + b"_suffix\n"
                require(programs.receive(client, len(expected)) == expected, f"client {place} received bytes of another client")
                if (place + turn) % 2:
                    client.close()
                    clients[place] = server.connect()
        for client in clients:
            client.close()
    return f"{wide * times:,} messages, all replies to the right client"


def data_and_end(case):
    # Checked by the descriptors that the server closes, because a client that was reset gets no reply.
    with case.server("--framing", "line") as server:
        baseline = descriptors(server)
        ending, resetting = server.connect(), server.connect()
        for client in (ending, resetting):
            require(programs.ask(client, b"hi\n", b"hi_suffix\n"), "wrong reply")
        server.send_signal(signal.SIGSTOP)
        for client in (ending, resetting):
            client.sendall(b"last\n")
        ending.shutdown(socket.SHUT_WR)
        reset(resetting)
        server.send_signal(signal.SIGCONT)
        require(programs.receive_all(ending) == b"last_suffix\n", "the reply before the end of file is lost")
        ending.close()
        await_descriptors(server, baseline)
        share = programs.cpu_share(server, 0.5)
        bound = 0.05 if case.name != "nonblocking" else 0.2
        require(share < bound, f"{100 * share:.0f} % CPU without a client")
    return "answered, closed, no spin"


def children(case):
    with case.server() as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(5)]
        for client in clients:
            require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
        folder = f"/proc/{server.process.pid}/fdinfo"
        inherited = []
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="ascii") as info:
                flags = next(int(line.split()[1], 8) for line in info if line.startswith("flags:"))
            if int(name) > 2 and not flags & os.O_CLOEXEC:
                inherited.append(name)
        require(not inherited, f"descriptors {', '.join(inherited)} are inherited by a child")
    return "none"
