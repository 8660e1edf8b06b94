"""Rows about time-outs, starting and stopping."""

import contextlib
import signal
import socket
import time

import programs
from case import NotTried, await_descriptors, descriptors, is_closed, require

TCP_REPAIR = 19
IDLE, MESSAGE = 1.0, 1.0


def says_nothing(case):
    with case.server("--idle-timeout", "1s") as server, server.connect() as client:
        begin = time.monotonic()
        require(is_closed(client, IDLE + 1), "the connection is not closed")
        took = time.monotonic() - begin
        require(took >= IDLE - 0.05, f"closed already after {took:.2f} s")
        return f"closed after {took:.2f} s of {IDLE:.0f}"


def trickles(case):
    with case.server("--framing", "line", "--idle-timeout", "10s", "--message-timeout", "1s") as server:
        with server.connect() as client:
            begin = time.monotonic()
            client.settimeout(0.2)
            closed = False
            while not closed and time.monotonic() - begin < MESSAGE + 1:
                try:
                    client.sendall(b"x")
                    closed = not client.recv(1)
                except TimeoutError:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    closed = True
            took = time.monotonic() - begin
            require(closed, f"not closed after {took:.1f} s")
            return f"closed after {took:.2f} s of {MESSAGE:.0f}"


def peer_vanishes(case):
    with case.server("--idle-timeout", "1s") as server:
        baseline = descriptors(server)
        client = server.connect()
        require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
        try:
            client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        except PermissionError as why:
            raise NotTried(f"TCP_REPAIR: {why}") from why
        client.close()  # without sending a packet
        begin = time.monotonic()
        await_descriptors(server, baseline, IDLE + 2)
        return f"closed after {time.monotonic() - begin:.2f} s of {IDLE:.0f}"


def stopped(case):
    with case.server() as server, contextlib.ExitStack() as stack:
        old = [stack.enter_context(server.connect()) for _ in range(20)]
        server.send_signal(signal.SIGSTOP)
        new = [stack.enter_context(server.connect()) for _ in range(20)]
        for client in old + new:
            client.sendall(b"hi")
        time.sleep(2)
        server.send_signal(signal.SIGCONT)
        for client in old + new:
            require(programs.receive(client, 9) == b"hi_suffix", "a client is not served afterwards")
    return "all 40 served afterwards"


def restarts(case):
    """The server closes the connections first, so that TIME_WAIT is on its side."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for turn in range(20):
        with programs.Server(case.mechanism, address=("--port", str(port))) as server:
            require(server.first_line.startswith("listening on"), f"start {turn + 1}: {server.log().strip()}")
            clients = [server.connect() for _ in range(3)]
            for client in clients:
                require(programs.ask(client, b"hi", b"hi_suffix"), "wrong reply")
            server.send_signal(signal.SIGTERM)
            for client in clients:
                programs.receive_all(client)
                client.close()
            server.wait()
    return "20 of 20"


def terminated(case):
    with case.server(*programs.AMPLIFYING, "--drain-timeout", "60") as server:
        with programs.hold_the_drain(server) as client:
            server.send_signal(signal.SIGTERM)
            got = 1 + len(programs.receive_all(client))
        whole = programs.HOLDING_LINES * programs.AMPLIFIED
        require(got == whole, f"{got} bytes of {whole}")
        code = server.wait()
        require(code == 0, f"exit {code}")
    with case.server(*programs.AMPLIFYING, "--drain-timeout", "1000") as server:
        with programs.hold_the_drain(server):
            server.send_signal(signal.SIGTERM)
            programs.wait_until(lambda: not server.is_listening(), "the server stops listening")
            begin = time.monotonic()
            server.send_signal(signal.SIGTERM)
            server.wait()
            took = time.monotonic() - begin
            require(took <= 1, f"a second signal ends it only after {took:.1f} s")
    return f"no reply truncated, exit 0; a second signal ends it in {1000 * took:.0f} ms"
