"""A server with a fault that a soak must find: `misbehaving_server.py FAULT SUFFIX`."""

import contextlib
import itertools
import os
import socketserver
import sys
import time

FAULT, SUFFIX = sys.argv[1], sys.argv[2].encode()
replies = itertools.count(1)
kept = []


def reply_to(line):
    reply = line + SUFFIX + b"\n"
    number = next(replies)
    if FAULT == "leaks-memory" and number % 64 == 0:
        kept.append(os.urandom(16 * 1024))
    # Only the replies to pings are late, every twentieth by the client's own count. With a count over all clients, the
    # late replies might all go to another kind of client.
    if FAULT == "is-late" and line.startswith(b"pings ") and int(line.split()[-1]) % 20 == 0:
        time.sleep(0.02)
    if number == 1000 and FAULT == "flips-a-bit":
        return reply[:-500] + bytes([reply[-500] ^ 1]) + reply[-499:]
    if number == 1000 and FAULT == "loses-a-reply":
        return b""
    if number == 1000 and FAULT == "repeats-a-reply":
        return reply + reply
    if number == 1000 and FAULT == "hangs-up":
        raise ConnectionAbortedError
    if number == 1000 and FAULT == "ends":
        os._exit(7)
    return reply


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        if FAULT == "leaks-descriptors":
            os.open("/dev/null", os.O_RDONLY)
        begun = b""
        with contextlib.suppress(ConnectionError):
            # One write for all lines of a read. With a write per line, 60 threads that share one interpreter would take
            # longer on a busy machine than a client waits, and the soak would report that instead of the fault.
            while received := self.request.recv(1 << 16):
                *lines, begun = (begun + received).split(b"\n")
                self.request.sendall(b"".join(map(reply_to, lines)))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


with Server(("127.0.0.1", 0), Handler) as server:
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
