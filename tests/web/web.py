"""A running service and its clients: HTTP by the standard library, WebSockets by hand."""

import base64
import http.client
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "programs"))
from programs import PATIENCE, descriptors_of, receive, receive_all, wait_until, written_to  # noqa: E402,F401

SERVE = os.environ["IOMUX_SERVE"]
SHORT = {"servers": ["minimal", "epoll"], "rounds": 2, "milliseconds": 300, "connections": 4}
SESSIONS = {"servers": ["minimal", "epoll"], "sessions": 3, "connections": 4}
TRACE = {"kind": "trace", "servers": ["epoll", "select"], "size": 9}
SCENARIO = {"kind": "scenario", "scenario": "idle", "servers": ["minimal", "epoll"], "sessions": 1}
CLAIMS = {"kind": "claims", "quick": True}
EXPLANATION = {"kind": "explanation", "servers": ["epoll", "select"], "connections": 4, "budget_seconds": 1}
# Long enough that a test always stops or kills it.
LONG = {"servers": ["epoll"], "rounds": 100, "milliseconds": 5000, "connections": 4}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Service:
    """Killed at the end of its `with`, if it still runs."""

    def __init__(self, results=None, *options, program=SERVE, **environment):
        self._folder = tempfile.TemporaryDirectory()
        self.results = results or self._folder.name
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program, "--port", "0", "--results", self.results, *options],
                                        stdout=subprocess.PIPE, stderr=self._log, env={**os.environ, **environment})
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        self.link = self.process.stdout.readline().decode().strip() if readable else ""
        address, _, self.token = self.link.removeprefix("open http://").partition("/#token=")
        self.host = address
        self.port = int(address.rpartition(":")[2])

    def ask(self, method, path, body=None, *, token=True, connection=None, **headers):
        """Names of `headers` have _ instead of -."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers.setdefault("Authorization", "Bearer " + self.token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        mine = connection or self.connect()
        mine.request(method, path, body, headers)
        answer = Answer(mine.getresponse())
        if connection is None:
            mine.close()
        return answer

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path):
        return self.ask("GET", path).json()

    def start(self, request):
        answer = self.ask("POST", "/api/runs", request)
        assert answer.status == 201, answer.body
        return answer.json()["id"]

    def state(self, run):
        return self.get(f"/api/runs/{run}")["state"]

    def wait_for_state(self, run, state):
        wait_until(lambda: self.state(run) == state, f"the run is {state}")

    def follow(self, run, **headers):
        return Feed(self, run, headers)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def log(self):
        return written_to(self._log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._log.close()
        self._folder.cleanup()


class Feed:
    """A WebSocket (RFC 6455) that follows a run, as a page does."""

    def __init__(self, service, run, headers):
        self.socket = socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)
        fields = {"Host": service.host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.socket.sendall(f"GET /api/runs/{run}/events HTTP/1.1\r\n{head}\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n") and (byte := self.socket.recv(1)):
            answer += byte
        self.status = int(answer.split()[1])

    def frame(self):
        """The object of the next message, or None at the end. The service sends a long message in fragments."""
        message = b""
        while True:
            is_last, opcode, payload = self.fragment()
            if opcode not in (0, 1):
                return None
            message += payload
            if is_last:
                return json.loads(message)

    def fragment(self):
        """Whether it is the last of its message, the opcode, None at the end, and the payload. Pings are answered."""
        head = receive(self.socket, 2)
        if len(head) < 2:
            return True, None, b""
        opcode, length = head[0] & 15, head[1] & 127
        if length == 126:
            length, = struct.unpack("!H", receive(self.socket, 2))
        elif length == 127:
            length, = struct.unpack("!Q", receive(self.socket, 8))
        payload = receive(self.socket, length)
        if opcode == 9:
            # Clients must mask their frames, here with 0. The service disconnects clients that do not answer pings.
            self.socket.sendall(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + payload)
            return self.fragment()
        return bool(head[0] & 0x80), opcode, payload

    def frames(self):
        while (frame := self.frame()) is not None:
            yield frame

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def descendants(pid):
    """The child processes and their descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, unseen = [], [pid]
    while unseen:
        unseen.extend(children.get(unseen[0], []))
        found.extend(children.get(unseen.pop(0), []))
    return found


def is_alive(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] not in ("Z", "X")


def _stat(pid):
    """The fields after the process name; the first is the state."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
