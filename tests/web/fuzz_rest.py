"""Fuzzes every input of the service's HTTP interface through real connections.

    fuzz_rest.py [SECONDS [SEED]]

Fails if a response is 5xx (except 503 at a limit), if an error does not say what to do next, if a connection hangs, or
if the descriptors or the memory of the service grow after the warm-up. The seed determines what is sent, except for the
ids of runs and the times of their events.
"""

import base64
import collections
import json
import os
import re
import socket
import struct
import sys
import time
from pathlib import Path
from random import Random, SystemRandom

from web import SHORT, Service, wait_until

WARM_UP = 0.3  # share of the time
HANGS_AFTER = 20
MOST_GROWTH = 8 * 1024  # KiB
# A run that is active during the test and needs little CPU time.
SLOW = {"servers": ["epoll"], "rounds": 100, "milliseconds": 10_000, "connections": 1, "rate": 10}

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "BREW", "", "G\0T",
           "x" * 3000]
PATHS = ["/", "/app.js", "/sources.json", "/api/servers", "/api/runs", "/api/runs/{id}", "/api/runs/{id}/events",
         "/api/results", "/api/results/{id}", "/api/results/{id}/report", "/api/results/{id}/summary", "/api/claims",
         "/api/openapi.json", "/metrics", "/healthz", "/nothing", "", "*", "//", "/api/../healthz", "http://elsewhere.example/healthz"]
IDS = ["20261125T142015Z-0a1b2c3d", "..", "../../etc/passwd", "%2e%2e%2fetc%2fpasswd", "%00", "x" * 7000, "ü", "{id}",
       "\x7f", "20261125T142015Z-0A1B2C3D", "-", ".run.json"]
QUERIES = ["", "?", "?a=b", "?%", "?limit=1", "?limit=-1", "?limit=1&limit=x", "?search=epoll+%7a", "?search=%00%ff", "?before=x",
           "?&&=&=", "?search", "#x", "?" + "q" * 5000, "?a=\xff"]
VERSIONS = ["HTTP/1.1"] * 60 + ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.", "http/1.1", ""]
NAMES = ["Accept", "Connection", "Upgrade", "Expect", "Content-Length", "Transfer-Encoding", "Content-Type", "Cookie",
         "Range", "Te", "Trailer", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
         "Sec-WebSocket-Extensions", "Host", "Origin", "Authorization", "X-" + "x" * 200, "", "A B", "\xff"]
VALUES = ["", "0", "-1", "+5", "5, 5", "0x5", "18446744073709551616", "chunked", "gzip, chunked", "chunked, chunked",
          "close", "keep-alive", "Upgrade", "keep-alive, Upgrade", "websocket", "h2c", "100-continue", "13", "12",
          "bytes=0-1", "application/json", "application/json; charset=utf-8", "text/plain", "null", "\0", "\xff\xfe",
          "x" * 4000, "x" * 9000, "a\r\n b", "Bearer ", "Bearer " + "0" * 32, "AAAAAAAAAAAAAAAAAAAAAA=="]
MEMBERS = ["kind", "scenario", "servers", "size", "connections", "depth", "idle", "rate", "rounds", "milliseconds", "idle_memory",
           "sessions", "slice_milliseconds", "precision_percent", "budget_seconds", "quick", "name", "", "__proto__", "x" * 500, "\0", "\ud800"]
ODD = [None, True, False, 0, 1, -1, 50, 64, 100, 1.5, -0.0, 1e308, 2**63, 2**64, 10**400, "", "epoll", "select",
       "mine", "comparison", "scenario", "idle", "trace", "claims", "explanation", "1", "\0", "\ud800", "ü" * 100, "--help", "epoll,select", "$(reboot)",
       [], {}, [[]], ["epoll"], ["epoll", "epoll"], ["epoll", 1], ["epoll"] * 100, {"servers": ["epoll"]}]
STRANGE_BODIES = [b"", b"{", b"}", b"null", b"[]", b'"', b"\xff\xfe{}", b'{"servers":["\xc3\x28"]}', b"[" * 8000,
                  b'{"a":' * 3000, b"[" * 5000 + b"]" * 5000, b'{"servers":["epoll"],"servers":["select"]}', b"1e999999",
                  b"-", b"NaN", b'{"rounds":1e400}', b'{"rounds":0x10}', b'{"servers":["epoll"]} x', b"\xef\xbb\xbf{}",
                  b'"\\u0000\\ud800"', b"x" * 16_384, b"x" * 16_385, b"x" * 60_000, b'{"size":' + b"9" * 15_000 + b"}"]


class Fault(Exception):
    pass


def statuses_of(answers):
    """Status and body of each response, as far as it was received."""
    found, at = [], 0
    while match := re.compile(rb"HTTP/1\.[01] (\d{3}) ").match(answers, at):
        end = answers.find(b"\r\n\r\n", at)
        if end < 0:
            break
        head, at = answers[at:end].lower(), end + 4
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        length = int(length[1]) if length else 0
        is_of_head = answers.startswith(b"HTTP/1.", at) or (length and at == len(answers))
        body = None if is_of_head else answers[at:at + length]
        found.append((int(match[1]), body if body is None or len(body) == length else None))
        at += 0 if is_of_head else length
    return found


class Fuzz:
    def __init__(self, service, seed):
        self.service, self.random = service, Random(seed)
        self.pick = self.random.choice
        self.seen = collections.Counter()
        self.cases, self.slowest, self.begun = 0, (0.0, b""), 0
        self.finished = service.start({**SHORT, "milliseconds": 50})
        service.wait_for_state(self.finished, "finished")
        self.running = service.start(SLOW)

    def maybe(self, probability):
        return self.random.random() < probability

    # The requests.

    def path(self):
        runs = [self.finished, self.running, self.running, self.pick(IDS)]
        return self.pick(PATHS).replace("{id}", self.pick(runs)) + (self.pick(QUERIES) if self.maybe(0.2) else "")

    def host(self):
        port = self.service.port
        return self.service.host if self.maybe(0.95) else self.pick(
            ["", "127.0.0.1", f"LOCALHOST:{port}", f"elsewhere.example:{port}", f"127.0.0.1:{port}0", "[::1]", "\xff",
             f"{self.service.host}, {self.service.host}", "x" * 5000, f"user@{self.service.host}", ":80", ":"])

    def headers(self):
        headers = []
        if self.maybe(0.97):
            headers.append(("Host", self.host()))
        if self.maybe(0.2):
            headers.append(("Origin", self.pick([f"http://{self.service.host}", "null", "", "http://elsewhere.example",
                                                 f"https://{self.service.host}", "http://", "\xff"])))
        while self.maybe(0.15):
            headers.append((self.pick(NAMES), self.pick(VALUES)))
        return headers

    def json_body(self):
        asked = {"servers": [self.pick(["epoll", "select", "nobody"])]}
        while self.maybe(0.7):
            asked[self.pick(MEMBERS)] = self.pick(ODD)
        return json.dumps(asked).encode()

    def chunked(self, body):
        pieces = []
        while body:
            size = self.random.randint(1, 2000)
            piece, body = body[:size], body[size:]
            length = self.pick([f"{len(piece):x}"] * 20 + ["-1", "", "FFFFFFFFFFFFFFFF", "1" * 40, "0", "g"])
            pieces.append(f"{length}{self.pick(['', '', ';a=b', ';' + 'x' * 300])}\r\n".encode() + piece + b"\r\n")
        end = self.pick([b"0\r\n\r\n"] * 8 + [b"0\r\nX-Trailer: 1\r\n\r\n", b"0\r\n", b""])
        return b"".join(pieces) + end

    def post(self):
        strange = self.maybe(0.5)
        body = self.pick(STRANGE_BODIES) if strange else self.json_body()
        headers = self.headers()
        # Few of the valid requests have a token, so that few runs start.
        if self.maybe(0.9 if strange else 0.15):
            headers.append(("Authorization", f"Bearer {self.service.token}"))
        if self.maybe(0.9):
            headers.append(("Content-Type", self.pick(["application/json"] * 8 + ["text/plain", "", "application/jso"])))
        if self.maybe(0.3):
            headers.append(("Transfer-Encoding", "chunked"))
            body = self.chunked(body)
        else:
            length = len(body) if self.maybe(0.9) else self.pick([0, -1, 1, len(body) + 1, 2**31, 2**64, "x", ""])
            headers.append(("Content-Length", str(length)))
        method, path = self.pick([("POST", "/api/runs")] * 3 + [("PATCH", f"/api/results/{self.finished}")])
        return self.head(method, path, headers) + body

    def head(self, method, path, headers):
        self.random.shuffle(headers)
        lines = [f"{method} {path} {self.pick(VERSIONS)}"] + [f"{name}: {value}" for name, value in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def any_request(self):
        if self.maybe(0.4):
            return self.post()
        headers = self.headers()
        method, path = self.pick(METHODS if self.maybe(0.4) else METHODS[:3]), self.path()
        # Neither stops the active run nor deletes the finished one, except by chance.
        if method != "DELETE" or not (self.running in path or self.finished in path):
            headers.append(("Authorization", f"Bearer {self.service.token}"))
        return self.head(method, path, headers)

    def mutated(self, sent):
        sent = bytearray(sent)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randrange(len(sent) + 1)
            match self.random.randrange(4):
                case 0: sent[at:at + 1] = bytes([self.random.randrange(256)])
                case 1: del sent[at:at + self.random.randint(1, 20)]
                case 2: sent[at:at] = sent[at:at + self.random.randint(1, 50)]
                case 3: sent[at:at] = self.pick([b"\r\n", b"\r\n\r\n", b"\0", b"\n", b" ", b":", b"\xff"])
        return bytes(sent)

    def frame(self):
        payload = self.random.randbytes(self.pick([0, 1, 5, 125, 126, 1024, 1025, 5000]))
        opcode = self.pick([0, 1, 1, 2, 8, 9, 9, 10, 3, 15])
        first = opcode | (0x80 if self.maybe(0.8) else 0) | (self.random.randrange(8) << 4 if self.maybe(0.1) else 0)
        mask = 0x80 if self.maybe(0.9) else 0
        if self.maybe(0.1):
            length = bytes([mask | 127]) + struct.pack("!Q", self.pick([0, 5, 2**31, 2**63, 2**64 - 1]))
        elif len(payload) < 126:
            length = bytes([mask | len(payload)])
        else:
            length = bytes([mask | 126]) + struct.pack("!H", len(payload))
        key = self.random.randbytes(4) if mask else b""
        return bytes([first]) + length + key + payload

    def handshake(self):
        headers = [("Host", self.host()), ("Connection", self.pick(["Upgrade"] * 6 + ["keep-alive, Upgrade", "close"])),
                   ("Upgrade", self.pick(["websocket"] * 8 + ["h2c"])),
                   ("Sec-WebSocket-Version", self.pick(["13"] * 8 + ["12", "", "13, 8", "x"])),
                   ("Sec-WebSocket-Key", self.pick([base64.b64encode(self.random.randbytes(16)).decode()] * 8
                                                   + ["", "x", "=" * 24, "A" * 24, "x" * 200]))]
        del headers[:1 if self.maybe(0.02) else 0]
        while self.maybe(0.2):
            headers.append((self.pick(NAMES), self.pick(VALUES)))
        return self.head("GET", f"/api/runs/{self.pick([self.finished, self.running])}/events", headers)

    # Sending requests and checking responses.

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.service.port), timeout=HANGS_AFTER)

    def send(self, client, sent):
        """Sends the bytes at once or in pieces."""
        self.sent = sent
        try:
            while sent and self.maybe(0.2):
                size = self.random.randint(1, len(sent))
                client.sendall(sent[:size])
                sent = sent[size:]
            client.sendall(sent)
        except OSError:
            pass  # the service has closed the connection

    def received(self, client, sent):
        pieces = []
        try:
            while piece := client.recv(65536):
                pieces.append(piece)
        except TimeoutError:
            answers = b"".join(pieces)
            raise Fault(f"the connection hangs ({self.others()}) after sending {sent!r}, receiving {answers!r}") from None
        except OSError:
            pass
        return b"".join(pieces)

    def others(self):
        try:
            with self.connect() as client:
                client.sendall(f"GET /healthz HTTP/1.0\r\nHost: {self.service.host}\r\n\r\n".encode())
                return f"another connection receives {client.recv(15)!r}"
        except OSError as error:
            waits = Path(f"/proc/{self.service.process.pid}/wchan").read_text()
            return f"another connection too: {error}; the service waits in {waits}"

    def half_close(self, client):
        try:
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def check(self, answers, sent):
        for status, body in statuses_of(answers):
            self.seen[status] += 1
            if status >= 400 and body is not None:
                try:
                    answer = json.loads(body)
                    is_helpful = bool(answer["error"]) and bool(answer["hint"])
                except (ValueError, KeyError, TypeError):
                    is_helpful = False
                if not is_helpful:
                    raise Fault(f"{status} without error and hint: {body!r} after sending {sent!r}")
            if status >= 500 and status != 505 and not (status == 503 and b"too many WebSockets" in (body or b"")):
                raise Fault(f"{status}: {body!r} after sending {sent!r}")
            if status == 201 and body:
                self.begun += 1
                self.service.ask("DELETE", f"/api/runs/{json.loads(body)['id']}")

    def ask(self):
        sent = b"".join(self.any_request() for _ in range(self.pick([1, 1, 1, 1, 3])))
        if self.maybe(0.3):
            sent = self.mutated(sent)
        with self.connect() as client:
            if self.maybe(0.1):
                self.send(client, sent[:self.random.randrange(len(sent) + 1)])
                if self.maybe(0.3):
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return  # closing resets the connection
            else:
                self.send(client, sent)
            self.half_close(client)
            self.check(self.received(client, sent), sent)

    def follow(self):
        sent = self.handshake()
        if self.maybe(0.1):
            sent = self.mutated(sent)
        with self.connect() as client:
            self.send(client, sent)
            frames = b"".join(self.frame() for _ in range(self.random.randrange(6)))
            self.send(client, frames)
            self.half_close(client)
            self.check(self.received(client, sent + frames), sent + frames)

    def stop_now_and_then(self):
        if self.maybe(0.002):
            self.service.ask("DELETE", f"/api/runs/{self.running}")
            self.running = self.service.start(SLOW)

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            self.pick([self.ask, self.ask, self.ask, self.follow])()
            self.slowest = max(self.slowest, (time.monotonic() - begin, self.sent))
            self.stop_now_and_then()
            self.cases += 1
            if self.service.process.poll() is not None:
                raise Fault("the service ended")

    # The resources of the service when only one run is active.

    def settle(self):
        for run in self.service.get("/api/runs")["runs"]:
            if run["state"] in ("queued", "running"):
                self.service.ask("DELETE", f"/api/runs/{run['id']}")
        self.running = self.service.start(SLOW)
        self.service.wait_for_state(self.running, "running")
        wait_until(lambda: self.count("connections") == 1 and self.count("feeds") == 0, "all connections are closed")

    def count(self, name):
        metrics = self.service.ask("GET", "/metrics").body.decode()
        return int(re.search(rf"(?m)^iomux_{name} (\d+)$", metrics)[1])

    def descriptors(self):
        return len(list(Path(f"/proc/{self.service.process.pid}/fd").iterdir()))

    def memory(self):
        status = Path(f"/proc/{self.service.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SystemRandom().randrange(2**32)
    print(f"{seconds:g} s with seed {seed}", flush=True)
    with Service() as service:
        fuzz = Fuzz(service, seed)
        fuzz.run(WARM_UP * seconds)
        fuzz.settle()
        descriptors, memory = fuzz.descriptors(), fuzz.memory()
        fuzz.run((1 - WARM_UP) * seconds)
        fuzz.settle()
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(fuzz.seen.items()))
        seconds, sent = fuzz.slowest
        print(f"{fuzz.cases} connections, the slowest {seconds:.2f} s by {sent[:200]!r}")
        print(f"{fuzz.begun} runs started; responses {answers}")
        print(f"memory {memory} KiB before, {fuzz.memory()} KiB after; "
              f"descriptors {descriptors} before, {fuzz.descriptors()} after")
        # The last connection may still be closing.
        wait_until(lambda: fuzz.descriptors() <= descriptors, "the service has no more descriptors than before")
        # Sanitizers keep freed memory for a while.
        if fuzz.memory() > memory + MOST_GROWTH and not os.environ.get("IOMUX_SANITIZE"):
            raise Fault(f"memory grew by more than {MOST_GROWTH} KiB: a leak")
        if service.stop() != 0:
            raise Fault(f"the service ended with an error: {service.log()}")


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"fault: {str(fault)[:4000]}")
