"""Rows about what one client can make the server keep."""

import contextlib
import hashlib
import itertools
import signal
import socket
import threading
import time

import programs
from case import fill, is_closed, require, resident

MIB = 1 << 20


def partial_writes(case):
    size = case.few(16, 4) * MIB
    with case.server("--service", "echo") as server:
        client = server.connect()
        # Not less than a segment of the loopback interface: the kernel's timer would then pace every one of them.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        sent, received = hashlib.sha256(), hashlib.sha256()
        piece = bytes(range(256)) * 256

        def send():
            for number in range(size // len(piece)):
                data = number.to_bytes(8, "big") + piece[8:]
                sent.update(data)
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        # Slow: for a while it reads nothing at all, and then a little at a time.
        time.sleep(0.3)
        total = 0
        while data := client.recv(4096):
            received.update(data)
            total += len(data)
        sender.join()
        client.close()
        require(total == size and sent.digest() == received.digest(), f"{total} bytes of {size}, or others")
    return f"{size // MIB} MiB, the same SHA-256"


def never_reads(case):
    """It sends what it likes: a stream to echo, or 65,536 messages at a time, each with a thousandfold reply."""
    long = b"x" * 60000
    stream = grown_by_one_that_never_reads(case, ("--service", "echo"), b"x" * 65536, (long, long))
    usual = (long + b"\n", long + b"x" * (programs.AMPLIFIED - 1) + b"\n")
    tiny = grown_by_one_that_never_reads(case, programs.AMPLIFYING, b"\n" * 65536, usual)
    return f"{stream // 1024} KiB more memory, {tiny // 1024} KiB where its messages are tiny and the replies are not"


def grown_by_one_that_never_reads(case, options, request, usual):
    """By the second of two: what the first leaves in the server's pools is there for all who come after.

    `usual`: a request of those who came before, and the reply to it."""
    with case.server(*options) as server:
        warm_up(server, *usual)
        with server.connect() as first:
            flood(first, request)
        before = resident(server)
        with server.connect() as client:
            sent = flood(client, request)
            grown = resident(server) - before
        require(sent < 256 * MIB, "it is read for ever")
        require(grown <= case.most_for_a_client, f"memory grows by {grown // 1024} KiB")
    return grown


def flood(client, request):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    return fill(client, request)


def warm_up(server, request, reply):
    """What the server allocates once, it has by then: in each of a pool's threads."""
    with contextlib.ExitStack() as stack:
        for client in [stack.enter_context(server.connect()) for _ in range(64)]:
            require(programs.ask(client, request, reply), "a wrong reply")


def endless_message(case):
    figures = []
    for framing, beginning, more in (("line", b"", b"x" * 65536), ("length", b"\xff\xff\xff\xff", b"x" * 65536)):
        with case.server("--framing", framing, "--service", "echo") as server:
            long = b"x" * 60000
            message = long + b"\n" if framing == "line" else len(long).to_bytes(4, "big") + long
            warm_up(server, message, message)
            before = resident(server)
            client = server.connect()
            client.settimeout(5)
            sent = 0
            try:
                client.sendall(beginning)
                while sent < 64 * MIB:
                    sent += client.send(more)
            except (ConnectionResetError, BrokenPipeError, TimeoutError):
                pass
            # What it has sent by then is dropped until the lingering close is over.
            require(is_closed(client, 5), "it is not closed")
            grown = resident(server) - before
            client.close()
            require(grown <= MIB, f"{framing}: memory grows by {grown // 1024} KiB")
            lines = [line for line in server.log().splitlines() if "longer than" in line]
            require(len(lines) == 1, f"{framing}: logged {len(lines)} times")
            figures.append(f"{framing}: {grown // 1024} KiB more")
    return ", ".join(figures)


def kernel_refuses(case):
    """The kernel gives no more memory, from a call on: malloc(3) tries brk(2) and mmap(2), each counted by itself.

    Not before the program's own life begins: what fails the loader ends it, and is nobody's to survive."""
    came_to = {"served": 0, "refused": 0, "ended": 0}
    heap = case.calls_of("brk", "--version")
    maps = case.calls_of("mmap", "--version")
    for more_heap, more_maps in itertools.product(range(4), range(6)):
        # What brk(2) answers where it fails is no error, but the break as it was.
        refusals = (f"brk:retval=0:when={heap + 1 + more_heap}+", f"mmap:error=ENOMEM:when={maps + 1 + more_maps}+")
        with case.start_traced(refusals, "--framing", "line") as server:
            what = "refused"
            if server.first_line:
                what = "served" if ask_for_much(server) else "refused"
                server.send_signal(signal.SIGTERM)
            code = server.wait()
            # Our own signal may come while it ends by itself.
            require(code >= 0 or code == -signal.SIGTERM,
                    f"killed by signal {-code} where brk {more_heap + 1} and mmap {more_maps + 1} fail")
            came_to["ended" if code > 0 else what] += 1
    return ("{served} served as ever, {refused} lost clients, {ended} ended with an error, none crashed"
            .format(**came_to))


def ask_for_much(server):
    """Whether all are answered."""
    request = b"x" * 60_000 + b"\n"
    with contextlib.suppress(ConnectionError), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(20)]
        return all(programs.ask(client, request, request[:-1] + b"_suffix\n") for client in clients)
    return False
