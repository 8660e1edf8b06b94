"""Runs the programs under test: servers with a life of their own, and others to their end."""

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

# Nothing is this slow: who waits in vain has found a fault.
PATIENCE = 60

# Or tables would be as narrow as the screen that the tests are run on.
os.environ.pop("COLUMNS", None)

RAW = os.environ["IOMUX_RAW"]
ASIO = os.environ["IOMUX_ASIO"]
SERVER_PROGRAMS = (RAW, ASIO)
# The styles of Asio on its other backends, as far as they could be built: the conformance suite tests each.
BACKENDS = [path for path in os.environ["IOMUX_ASIO_BACKENDS"].split(":") if path]


@dataclass(frozen=True)
class Mechanism:
    program: str
    name: str
    family: str
    guarded: bool
    has_contexts: bool
    counts_threads: bool
    descriptor_ceiling: int  # from which on it serves none, or 0
    unavailable: str  # why it does not run here, or None
    known_faults: tuple  # of each test that it is known to fail, the name and why


def listed_by(program):
    """What `--list --json` offers."""
    listed = json.loads(run(program, "--list", "--json").stdout)
    return [Mechanism(program, one["name"], one["family"], one["guarded"], one["contexts"],
                      one["usual_threads"] is not None, one["descriptor_ceiling"], one["unavailable"],
                      tuple((fault["test"], fault["why"]) for fault in one["known_faults"]))
            for one in listed]


def mechanisms_of(program):
    """Those of them that run here."""
    return [one for one in listed_by(program) if one.unavailable is None]


@functools.lru_cache
def every_mechanism():
    return [one for program in SERVER_PROGRAMS for one in mechanisms_of(program)]


def each_server(test):
    """The test takes a mechanism, and is run for each that promises more than an echo."""
    return _for_each(test, lambda: [one for one in every_mechanism() if one.guarded])


def each_server_even_minimal(test):
    return _for_each(test, every_mechanism)


def each_program(test):
    """The test takes the path of a server program, and is run for each."""
    return _for_each(test, lambda: SERVER_PROGRAMS)


def _for_each(test, values):
    @functools.wraps(test)
    def run_for_each(self):
        for value in values():
            with self.subTest(value if isinstance(value, str) else value.name):
                test(self, value)

    return run_for_each


def run(*command, timeout=PATIENCE, **options):
    """Runs a program to its end."""
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)


def wait_until(condition, what):
    """For what there is no event for."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError("in vain: " + what)
        time.sleep(0.01)


@contextlib.contextmanager
def port_of_nobody(kind):
    """Of 127.0.0.1, where who connects or sends is refused. It is held meanwhile, and so nobody else's."""
    with socket.socket(type=kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_DGRAM:
            holder.connect(holder.getsockname())  # and hears nobody but itself
        yield holder.getsockname()[1]


def written_to(log):
    """What a process has written to a file that is its standard error."""
    # Not from the file's offset: the process shares it, and would write on at the place where the reading is.
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode()


class Server:
    """A server process that listens. It is killed at the end of its `with`, if it still runs.

    `wrapper`: a command that becomes the server."""

    def __init__(self, mechanism, *options, address=("--port", "0"), wrapper=(), **popen):
        self._log = tempfile.TemporaryFile(mode="w+b")
        popen.setdefault("stderr", self._log)
        self.process = subprocess.Popen(
            [*wrapper, *self.command(mechanism, *address, *options)], stdout=subprocess.PIPE, **popen
        )
        try:
            self.first_line = self._read_first_line()
        except BaseException:  # somebody's Ctrl-C too
            self.__exit__()
            raise

    @staticmethod
    def command(mechanism, *options):
        # As many workers as any test has clients at once.
        workers = ("--workers", "64") if mechanism.name == "pool" else ()
        return [mechanism.program, mechanism.name, *workers, *options]

    def _read_first_line(self):
        # Unbuffered: a line that is written and not flushed is seen to be missing.
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
        wait_until(lambda: text in self.log(), f"the log says {text!r}")

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit code; that of the shell's kind for a signal is negative."""
        return self.process.wait(PATIENCE)

    def stop(self):
        self.send_signal(signal.SIGTERM)
        return self.wait()

    def is_listening(self):
        try:
            self.connect().close()
            return True
        except (ConnectionRefusedError, ConnectionResetError):  # reset: the listener was closed over it
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
        # Behind the name, which is in parentheses: state is field 3, utime and stime are fields 14 and 15.
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_share(server, seconds=1.0):
    """Of one core, over that time: the one thing here that takes its time on purpose."""
    begin, used = time.monotonic(), cpu_seconds(server)
    time.sleep(seconds)
    return (cpu_seconds(server) - used) / (time.monotonic() - begin)


def ask(client, request, reply):
    """Sends a request, and says whether the reply is right."""
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


# Options of a server whose reply to an empty line is far larger than the line, and how large.
AMPLIFYING = ("--framing", "line", "--suffix", "x" * 1024)
AMPLIFIED = 1025
# So many lines that the replies are more than the kernel holds.
HOLDING_LINES = 16 * 1024


def hold_the_drain(server):
    """A client of an amplifying server that has asked, has read one byte of the replies, and reads no more."""
    client = server.connect()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    client.sendall(b"\n" * HOLDING_LINES)
    receive(client, 1)
    return client
