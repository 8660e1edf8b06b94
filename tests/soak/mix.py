"""The clients of a soak. Each kind of client is a separate process, which checks every byte that it receives.

Every request is a unique line, so a reply that goes to another client is detected as wrong."""

import contextlib
import os
import socket
import time

from case import reset
from verdict import Tally

# Far larger than a request. Its period of 37 divides no buffer size, so a byte that is moved is detected.
SUFFIX = ("-0123456789abcdefghijklmnopqrstuvwxyz" * 28)[:1024]
# No server is this slow: a client that waits longer has found a fault.
PATIENCE = 10
# A small receive buffer, so that the server has to keep the rest. It is not smaller than a segment of the loopback
# interface, because a kernel timer would then delay every segment.
LITTLE_ROOM = 64 * 1024


class WrongReply(Exception):
    pass


class Clients:
    """Connects, sends requests, checks replies, and counts all of it."""

    def __init__(self, kind, port, until):
        self.until, self.tally = until, Tally(kind)
        self._port = port

    def rounds(self):
        """Yields until the time is over, at least once, even if a busy machine starts it late."""
        yield
        while time.monotonic() < self.until:
            yield

    @contextlib.contextmanager
    def connect(self, number=1):
        """Opens `number` connections."""
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(self._connection()) for _ in range(number)]

    def _connection(self):
        client = socket.socket()
        client.settimeout(PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE_ROOM)
        client.connect(("127.0.0.1", self._port))
        self.tally.connects += 1
        return Conversation(client, f"{self.tally.kind} {self.tally.connects}", self.tally)


class Conversation:
    """One connection and its outstanding replies."""

    def __init__(self, client, name, tally):
        self.client, self._name, self._tally = client, name, tally
        self._asked = 0
        self._expected = memoryview(b"")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def ask(self, lines=1):
        """Sends the requests in one write. All earlier replies must have been read."""
        questions = [f"{self._name} {self._asked + number}" for number in range(lines)]
        self._asked += lines
        self._expected = memoryview("".join(f"{one}{SUFFIX}\n" for one in questions).encode())
        self.client.sendall("".join(f"{one}\n" for one in questions).encode())

    def read(self, size):
        """Reads at most `size` bytes of the replies. Returns whether more are outstanding."""
        received = self.client.recv(min(size, len(self._expected)))
        if not received:
            raise WrongReply(f"the connection ended with {len(self._expected)} bytes outstanding")
        if received != self._expected[:len(received)]:
            raise WrongReply(f"wrong reply: {difference(received, self._expected)}")
        self._tally.replies += received.count(b"\n")
        self._expected = self._expected[len(received):]
        return len(self._expected) > 0

    def read_all(self):
        while self.read(1 << 20):
            pass

    def expect_end(self):
        if more := self.client.recv(64):
            raise WrongReply(f"unexpected reply: {more!r}")


def difference(received, expected):
    place = next(index for index, byte in enumerate(received) if byte != expected[index])
    return f"{bytes(received[place:place + 24])!r} instead of {bytes(expected[place:place + 24])!r}"


def pace(clients, a_second):
    """Yields at most `a_second` times per second and does not catch up. It yields how many seconds late it woke up."""
    turn = time.monotonic()
    for _ in clients.rounds():
        yield time.monotonic() - turn
        turn = max(turn + 1 / a_second, time.monotonic())
        time.sleep(max(0, turn - time.monotonic()))


def churn(clients):
    for _ in pace(clients, a_second=200):
        with clients.connect() as (one,):
            one.ask()
            one.read_all()


def resets(clients):
    """Resets connections mid-stream: some before the first byte of the replies, some in the middle of them."""
    for _ in pace(clients, a_second=25):
        with clients.connect(2) as (unread, begun):
            unread.ask(lines=100)
            begun.ask(lines=100)
            begun.read(20_000)
            reset(unread.client)
            reset(begun.client)


def half_closes(clients):
    for _ in pace(clients, a_second=25):
        with clients.connect() as (one,):
            one.ask(lines=64)
            one.client.shutdown(socket.SHUT_WR)
            one.read_all()
            one.expect_end()


def slow_readers(clients):
    """Reads nothing for half a second, then a little at a time, and the rest at once when the time is over."""
    for _ in clients.rounds():
        with clients.connect(10) as slow:
            for one in slow:
                one.ask(lines=1500)
            rest = min(time.monotonic() + 0.5, clients.until)
            time.sleep(max(0, rest - time.monotonic()))
            for _ in pace(clients, a_second=50):
                slow = [one for one in slow if one.read(16 * 1024)]
                if not slow:
                    break
            for one in slow:
                one.read_all()


def floods(clients):
    for _ in clients.rounds():
        with clients.connect(4) as flooding:
            begin = time.monotonic()
            for _ in pace(clients, a_second=20):
                for one in flooding:
                    one.ask(lines=500)
                for one in flooding:
                    one.read_all()
                if time.monotonic() > begin + 1:
                    break


def pings(clients):
    """Sends requests in turn on connections that stay open."""
    with clients.connect(20) as pinging:
        for number, late in enumerate(pace(clients, a_second=200)):
            one = pinging[number % len(pinging)]
            begin = time.monotonic()
            one.ask()
            one.read_all()
            clients.tally.ping_ms.append(1000 * (time.monotonic() - begin))
            clients.tally.late_ms.append(1000 * late)


# At most 40 connections at a time: 20 that ping, 10 that read slowly, 4 that flood, and the others.
KINDS = (churn, resets, half_closes, slow_readers, floods, pings)


def many_connections(clients):
    """More connections than the kinds above, and more reply bytes than the kernel buffers. Afterwards the server has
    allocated everything that it allocates once and keeps, in each thread of a pool."""
    with clients.connect(60) as all_of_them:
        for one in all_of_them:
            one.ask(lines=1500)
        for one in all_of_them:
            one.read_all()


def play(kind, port, until, results):
    """The body of a client process, which sends its tally at the end."""
    if kind not in (pings, many_connections):
        os.nice(5)  # so that pings do not wait for the other client processes
    clients = Clients(kind.__name__.replace("_", " "), port, until)
    try:
        kind(clients)
    except (OSError, WrongReply) as what:
        clients.tally.failure = str(what) or type(what).__name__
    results.send(clients.tally)
