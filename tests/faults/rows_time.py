"""Rows about time: what takes too long, and what begins and ends."""

import contextlib
import signal
import socket
import time

import programs
from case import require


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
            require(programs.receive(client, 9) == b"hi_suffix", "one is not served after")
    return "all 40 served after"


def restarts(case):
    """The server closes first, so that TIME_WAIT is on its side."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for turn in range(20):
        with programs.Server(case.mechanism, address=("--port", str(port))) as server:
            require(server.first_line.startswith("listening on"), f"start {turn + 1}: {server.log().strip()}")
            clients = [server.connect() for _ in range(3)]
            for client in clients:
                require(programs.ask(client, b"hi", b"hi_suffix"), "a wrong reply")
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
            require(took <= 1, f"a second one ends it after {took:.1f} s")
    return f"no reply cut, exit 0; a second one ends it in {1000 * took:.0f} ms"
