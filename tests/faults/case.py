"""One fault tried on one server: how the server is started, and what is measured of it from outside."""

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
    """The server does not do what is asked."""


class NotTried(Exception):
    """The fault cannot be brought about here, or not with this server: why."""


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
        """It waits by select(2), for no more than that can name."""
        return self.ours and self.mechanism.descriptor_ceiling > 0

    @property
    def has_a_thread_each(self):
        return self.ours and self.name == "blocking"

    @property
    def on_a_ring(self):
        return self.ours and (self.name == "io_uring" or self.mechanism.program.endswith("-io_uring"))

    @property
    def most_for_a_client(self):
        """Bytes of memory that a client who never reads may take."""
        # A kernel before that hands over some 64 of the ring's buffers in one turn, whatever the high-water mark.
        limits_receives = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 17)
        return (256 if limits_receives or self.name != "io_uring" else 640) * 1024

    def has(self, option):
        return self.ours or option in self.mechanism.options

    def accepted(self, options):
        """Those of these options, each with its value, that the server has: what it lacks, it is tried without."""
        pairs = zip(options[::2], options[1::2])
        return [word for pair in pairs if self.has(pair[0]) for word in pair]

    @contextlib.contextmanager
    def server(self, *options, **popen):
        with programs.Server(self.mechanism, *self.accepted(options), **popen) as server:
            yield from self.started(server)

    def started(self, server):
        """Where it falls short, and is no more, that is told too."""
        require(server.first_line, f"it does not start: {server.log().strip()}")
        try:
            yield server
        except (ShortFall, OSError) as what:
            end = end_of(server)
            if end is None:
                raise
            raise ShortFall(f"it ends by {end}: {what}") from what

    def few(self, many, quick):
        return quick if self.quick else many

    def calls_of(self, calls, *command):
        """How many of these system calls the program makes for a command that ends by itself."""
        traced = programs.run("strace", "-qq", "-o", "/dev/stdout", "-e", f"trace={calls}", self.mechanism.program,
                              *command)
        return sum(line.startswith(tuple(calls.split(","))) for line in traced.stdout.splitlines())

    def start_traced(self, injects, *options):
        """Some of its system calls fail: each of `injects` as strace(1) has it. It may not come to listen."""
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
        """A server and a function that stops it and returns what it has counted: None if it does not count."""
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
    """How it has ended, if it has."""
    try:
        code = server.process.wait(0.5)
    except subprocess.TimeoutExpired:
        return None
    return f"signal {-code}" if code < 0 else f"exit {code}"


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def sockets(server):
    folder = f"/proc/{server.process.pid}/fd"
    targets = []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            targets.append(os.readlink(os.path.join(folder, name)))
    return sum(target.startswith("socket:") for target in targets)


def await_descriptors(server, number, seconds=5):
    """Back at the baseline, or a shortfall."""
    give_up = time.monotonic() + seconds
    while descriptors(server) > number:
        require(time.monotonic() < give_up, f"{descriptors(server) - number} descriptors are left")
        time.sleep(0.02)


def resident(server):
    """Bytes."""
    with open(f"/proc/{server.process.pid}/smaps_rollup", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def ping(client):
    """Milliseconds."""
    begin = time.monotonic()
    require(programs.ask(client, b"hi", b"hi_suffix"), "a wrong reply")
    return 1000 * (time.monotonic() - begin)


def p99(times):
    return statistics.quantiles(times, n=100)[98]


def is_closed(client, seconds):
    """Whether the server ends the connection within that time, whatever it sends before."""
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
    """Sends until nothing has been taken for a while, or so many bytes have. Bytes."""
    client.settimeout(seconds)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < most:
            sent += client.send(request)
    return sent


