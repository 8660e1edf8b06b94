"""Runs the programs under test: servers in the background, and other programs until they exit."""

import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

# Nothing is this slow: a wait that takes longer has found a fault. Sanitizers make programs several times slower.
PATIENCE = 180 if os.environ.get("IOMUX_SANITIZE") else 60

# Otherwise tables would be as narrow as the terminal that runs the tests.
os.environ.pop("COLUMNS", None)

RAW = os.environ["IOMUX_RAW"]
ASIO = os.environ["IOMUX_ASIO"]
SERVER_PROGRAMS = (RAW, ASIO)
# The Asio servers on its other backends, as far as they were built. The conformance suite tests each of them.
BACKENDS = [path for path in os.environ["IOMUX_ASIO_BACKENDS"].split(":") if path]


@dataclass(frozen=True)
class Mechanism:
    program: str
    name: str
    family: str
    guarded: bool
    own_options: tuple  # the names of options that not every mechanism has
    counts_threads: bool
    descriptor_ceiling: int  # the lowest descriptor that it cannot serve, or 0
    unavailable: str  # why it cannot run here, or None
    known_faults: tuple  # name and reason of each test that it is known to fail


def listed_by(program):
    """The mechanisms in `--list --json`."""
    listed = json.loads(run(program, "--list", "--json").stdout)
    return [Mechanism(program, one["name"], one["family"], one["guarded"], tuple(one["options"]),
                      one["usual_threads"] is not None, one["descriptor_ceiling"], one["unavailable"],
                      tuple((fault["test"], fault["why"]) for fault in one["known_faults"]))
            for one in listed]


def mechanisms_of(program):
    """The mechanisms that can run here."""
    return [one for one in listed_by(program) if one.unavailable is None]


@functools.lru_cache
def every_mechanism():
    return [one for program in SERVER_PROGRAMS for one in mechanisms_of(program)]


def each_server(test):
    """Runs a test, which takes a mechanism, for each mechanism except minimal, which gives no guarantees."""
    return _for_each(test, lambda: [one for one in every_mechanism() if one.guarded])


def each_server_even_minimal(test):
    return _for_each(test, every_mechanism)


def each_program(test):
    """Runs a test, which takes the path of a server program, for each program."""
    return _for_each(test, lambda: SERVER_PROGRAMS)


def _for_each(test, values):
    @functools.wraps(test)
    def run_for_each(self):
        for value in values():
            with self.subTest(value if isinstance(value, str) else value.name):
                test(self, value)

    return run_for_each


def run(*command, timeout=PATIENCE, **options):
    """Runs a program until it exits."""
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)


def wait_until(condition, what):
    """Polls a condition that no event reports."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError("timed out while waiting until " + what)
        time.sleep(0.01)


def descriptors_of(pid):
    """What the descriptors of the process refer to (proc(5)), without those that it closes meanwhile."""
    folder = f"/proc/{pid}/fd"
    targets = []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            targets.append(os.readlink(os.path.join(folder, name)))
    return targets


def count_sockets(pid):
    return sum(target.startswith("socket:") for target in descriptors_of(pid))


@contextlib.contextmanager
def refused_port(kind):
    """A port of 127.0.0.1 that refuses connections and datagrams. It is reserved, so that no other process can use it."""
    with socket.socket(type=kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_DGRAM:
            holder.connect(holder.getsockname())  # so that it receives only from itself
        yield holder.getsockname()[1]


def written_to(log):
    """What a process has written to its standard error, which is a file."""
    # Reads without the file offset, because the process shares it and would continue to write at the changed offset.
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode()


class Server:
    """A server process that listens. It is killed at the end of its `with` block if it still runs.

    `wrapper`: a command that executes the server."""

    def __init__(self, mechanism, *options, address=("--port", "0"), wrapper=(), **popen):
        self._log = tempfile.TemporaryFile(mode="w+b")
        popen.setdefault("stderr", self._log)
        self.process = subprocess.Popen(
            [*wrapper, *self.command(mechanism, *address, *options)], stdout=subprocess.PIPE, **popen
        )
        try:
            self.first_line = self._read_first_line()
        except BaseException:  # including Ctrl-C
            self.__exit__()
            raise

    @staticmethod
    def command(mechanism, *options):
        # As many workers as the most clients that a test has at a time.
        workers = ("--workers", "64") if mechanism.name == "pool" else ()
        return [mechanism.program, mechanism.name, *workers, *options]

    def _read_first_line(self):
        # Unbuffered, so that a line that the server did not flush is detected.
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        return self.process.stdout.readline().decode() if readable else ""

    @property
    def port(self):
        return int(self.first_line.rsplit(":", 1)[1].split()[0])

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def log(self):
        return written_to(self._log)

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log(), f"the log contains {text!r}")

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit status; for a signal, its negative number."""
        return self.process.wait(PATIENCE)

    def stop(self):
        self.send_signal(signal.SIGTERM)
        return self.wait()

    def is_listening(self):
        try:
            self.connect().close()
            return True
        except (ConnectionRefusedError, ConnectionResetError):  # reset: the listener was closed meanwhile
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._log.close()


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        # Fields after the name, which is in parentheses: the state is field 3, utime and stime are fields 14 and 15.
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_share(server, seconds=1.0):
    """The share of one core over that time. It is the only function here that sleeps on purpose."""
    begin, used = time.monotonic(), cpu_seconds(server)
    time.sleep(seconds)
    return (cpu_seconds(server) - used) / (time.monotonic() - begin)


def ask(client, request, reply):
    """Sends a request and returns whether the reply is correct."""
    client.sendall(request)
    return receive(client, len(reply)) == reply


def receive(client, size):
    received = bytearray()
    while len(received) < size:
        more = client.recv(size - len(received))
        if not more:
            break
        received += more
    return bytes(received)


def receive_all(client):
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while more := client.recv(65536):
            received += more
    return bytes(received)


# Options of a server whose reply to an empty line is far larger than the line, and the size of that reply.
AMPLIFYING = ("--framing", "line", "--suffix", "x" * 1024)
AMPLIFIED = 1025
# A number of lines whose replies exceed the buffers of the kernel.
HOLDING_LINES = 16 * 1024


def hold_the_drain(server):
    """A client of an amplifying server that has sent its lines, has read one byte of the replies, and reads no more."""
    client = server.connect()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    client.sendall(b"\n" * HOLDING_LINES)
    receive(client, 1)
    return client
