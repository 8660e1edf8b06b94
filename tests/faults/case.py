"""One fault on one server: how the server is started, and how it is measured from outside."""

import contextlib
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import tempfile
import time

import programs
from others import Other


class ShortFall(Exception):
    """The server does not fulfil a requirement."""


class NotTried(Exception):
    """The fault cannot be caused here or with this server; the text says why."""


def require(condition, what):
    if not condition:
        raise ShortFall(what)


class Case:
    def __init__(self, mechanism, quick, build):
        self.mechanism, self.quick, self.build = mechanism, quick, build

    @property
    def name(self):
        return self.mechanism.name

    @property
    def ours(self):
        return not isinstance(self.mechanism, Other)

    @property
    def has_ceiling(self):
        """Whether it waits with select(2), which limits the descriptors."""
        return self.ours and self.mechanism.descriptor_ceiling > 0

    @property
    def has_a_thread_each(self):
        return self.ours and self.name == "blocking"

    @property
    def on_a_ring(self):
        return self.ours and (self.name == "io_uring" or self.mechanism.program.endswith("-io_uring"))

    @property
    def most_for_a_client(self):
        """The most memory in bytes that a client that never reads may use."""
        # Before Linux 6.17, the kernel fills about 64 of the ring's buffers in one turn, whatever the high-water mark.
        limits_receives = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 17)
        return (256 if limits_receives or self.name != "io_uring" else 640) * 1024

    def has(self, option):
        return self.ours or option in self.mechanism.options

    def accepted(self, options):
        """The options, each with its value, that the server has. It runs without the others."""
        pairs = zip(options[::2], options[1::2])
        return [word for pair in pairs if self.has(pair[0]) for word in pair]

    @contextlib.contextmanager
    def server(self, *options, **popen):
        with programs.Server(self.mechanism, *self.accepted(options), **popen) as server:
            yield from self.started(server)

    def started(self, server):
        """Yields the server. If it fails because it has exited, the error says so."""
        require(server.first_line, f"the server does not start: {server.log().strip()}")
        try:
            yield server
        except (ShortFall, OSError) as what:
            end = end_of(server)
            if end is None:
                raise
            raise ShortFall(f"the server ended with {end}: {what}") from what

    def few(self, many, quick):
        return quick if self.quick else many

    def calls_of(self, calls, *command):
        """How many of these system calls the program makes for a command that exits by itself."""
        traced = programs.run("strace", "-qq", "-o", "/dev/stdout", "-e", f"trace={calls}", self.mechanism.program,
                              *command)
        return sum(line.startswith(tuple(calls.split(","))) for line in traced.stdout.splitlines())

    def start_traced(self, injects, *options):
        """Starts the server with failing system calls, each of `injects` in the syntax of strace(1). It may fail to start."""
        if shutil.which("strace") is None:
            raise NotTried("strace is not installed")
        calls = ",".join(inject.split(":")[0] for inject in injects)
        wrapper = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
        wrapper += [word for inject in injects for word in ("-e", f"inject={inject}")]
        return programs.Server(self.mechanism, *self.accepted(options), wrapper=wrapper)

    @contextlib.contextmanager
    def traced(self, inject, *options):
        with self.start_traced((inject,), *options) as server:
            yield from self.started(server)

    @contextlib.contextmanager
    def counted(self, *options):
        """Yields a server and a function that stops it and returns its counters, or None if it has none."""
        if not self.has("--stats"):
            with self.server(*options) as server:
                yield server, lambda: None
            return
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "stats")
            with self.server("--stats", file, *options) as server:

                def counters():
                    require(server.stop() == 0, f"exit {server.process.returncode}")
                    with open(file, encoding="utf-8") as stats:
                        return json.load(stats)

                yield server, counters


def end_of(server):
    """How the server ended, or None if it still runs."""
    try:
        code = server.process.wait(0.5)
    except subprocess.TimeoutExpired:
        return None
    return f"signal {-code}" if code < 0 else f"exit {code}"


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def sockets(server):
    return programs.count_sockets(server.process.pid)


def await_descriptors(server, number, seconds=5):
    """Waits until the server has at most `number` descriptors. Raises ShortFall after `seconds`."""
    give_up = time.monotonic() + seconds
    while descriptors(server) > number:
        require(time.monotonic() < give_up, f"{descriptors(server) - number} descriptors are still open")
        time.sleep(0.02)


def resident(server):
    """Resident memory in bytes."""
    with open(f"/proc/{server.process.pid}/smaps_rollup", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def ping(client):
    """The round-trip time in milliseconds."""
    begin = time.monotonic()
    require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
    return 1000 * (time.monotonic() - begin)


def p99(times):
    return statistics.quantiles(times, n=100)[98]


def is_closed(client, seconds):
    """Whether the server closes the connection within that time, whatever it sends before."""
    give_up = time.monotonic() + seconds
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while True:
            client.settimeout(max(0.001, give_up - time.monotonic()))
            try:
                if not client.recv(65536):
                    return True
            except TimeoutError:
                return False
    return True


def fill(client, request, seconds=0.5, most=256 << 20):
    """Sends until a send blocks for `seconds`, or `most` bytes are sent. Returns the number of bytes."""
    client.settimeout(seconds)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < most:
            sent += client.send(request)
    return sent


