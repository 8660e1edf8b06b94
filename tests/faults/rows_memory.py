"""Rows about how much memory one client can make the server use."""

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
        # Not smaller than a segment of the loopback interface, because a kernel timer would then delay every segment.
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
        # A slow reader: it reads nothing for a while, and then a little at a time.
        time.sleep(0.3)
        total = 0
        while data := client.recv(4096):
            received.update(data)
            total += len(data)
        sender.join()
        client.close()
        require(total == size and sent.digest() == received.digest(), f"{total} of {size} bytes received, or wrong bytes")
    return f"{size // MIB} MiB, the same SHA-256"


def never_reads(case):
    """The client sends a stream to echo, or 65,536 messages at a time, each with a reply a thousand times as long."""
    long = b"x" * 60000
    stream = grown_by_one_that_never_reads(case, ("--service", "echo"), b"x" * 65536, (long, long))
    usual = (long + b"\n", long + b"x" * (programs.AMPLIFIED - 1) + b"\n")
    tiny = grown_by_one_that_never_reads(case, programs.AMPLIFYING, b"\n" * 65536, usual)
    return f"{stream // 1024} KiB more memory, {tiny // 1024} KiB with tiny messages and long replies"


def grown_by_one_that_never_reads(case, options, request, usual):
    """Measures the second of two such clients, because the first one fills memory pools that later clients reuse.

    `usual`: a request of the earlier clients, and its reply."""
    with case.server(*options) as server:
        warm_up(server, *usual)
        with server.connect() as first:
            flood(first, request)
        before = resident(server)
        with server.connect() as client:
            sent = flood(client, request)
            grown = resident(server) - before
        require(sent < 256 * MIB, "the server reads for ever")
        require(grown <= case.most_for_a_client, f"memory grows by {grown // 1024} KiB")
    return grown


def flood(client, request):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    return fill(client, request)


def warm_up(server, request, reply):
    """Makes the server allocate everything that it allocates only once, in each thread of a pool."""
    with contextlib.ExitStack() as stack:
        for client in [stack.enter_context(server.connect()) for _ in range(64)]:
            require(programs.ask(client, request, reply), "wrong reply")


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
            # The server discards further bytes until its lingering close is over.
            require(is_closed(client, 5), "the connection is not closed")
            grown = resident(server) - before
            client.close()
            require(grown <= MIB, f"{framing}: memory grows by {grown // 1024} KiB")
            lines = [line for line in server.log().splitlines() if "longer than" in line]
            require(len(lines) == 1, f"{framing}: logged {len(lines)} times")
            figures.append(f"{framing}: {grown // 1024} KiB more")
    return ", ".join(figures)


def kernel_refuses(case):
    """From a certain call on, the kernel refuses memory. malloc(3) uses brk(2) and mmap(2), which are counted separately.

    The calls of the dynamic loader succeed, because no program could survive their failure."""
    came_to = {"served": 0, "refused": 0, "ended": 0}
    heap = case.calls_of("brk", "--version")
    maps = case.calls_of("mmap", "--version")
    for more_heap, more_maps in itertools.product(range(4), range(6)):
        # If brk(2) fails, the system call returns the old break instead of an error.
        refusals = (f"brk:retval=0:when={heap + 1 + more_heap}+", f"mmap:error=ENOMEM:when={maps + 1 + more_maps}+")
        with case.start_traced(refusals, "--framing", "line") as server:
            what = "refused"
            if server.first_line:
                what = "served" if ask_for_much(server) else "refused"
                server.send_signal(signal.SIGTERM)
            code = server.wait()
            # Our own signal may arrive while the server is exiting.
            require(code >= 0 or code == -signal.SIGTERM,
                    f"killed by signal {-code} when brk {more_heap + 1} and mmap {more_maps + 1} fail")
            came_to["ended" if code > 0 else what] += 1
    return ("{served} served normally, {refused} lost clients, {ended} exited with an error, none crashed"
            .format(**came_to))


def ask_for_much(server):
    """Returns whether all requests are answered."""
    request = b"x" * 60_000 + b"\n"
    with contextlib.suppress(ConnectionError), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(20)]
        return all(programs.ask(client, request, request[:-1] + b"_suffix\n") for client in clients)
    return False
