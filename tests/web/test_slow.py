"""Slow clients keep nobody out: the service still answers at once while a thousand connections are slow in what
slowhttptest makes them slow in (-H a header without an end, -B a body without one, -X an answer that is hardly taken),
or follow a run."""

import resource
import socket
import time
import unittest

from web import LONG, Service

CONNECTIONS = 1000
MOST_OPENED_ANEW = 100
SECONDS = 3
# Half of what the service gives the slow at the least: who had to wait for one of them to be ended would wait for longer.
AT_ONCE = 5.0


class Slow:
    """A thousand connections. Of those that the service ends, some are opened anew each time."""

    def __init__(self, service, opening, more=b"", receive_buffer=None):
        self.address = ("127.0.0.1", service.port)
        self.opening, self.more, self.receive_buffer = opening, more, receive_buffer
        self.clients = [self.open() for _ in range(CONNECTIONS)]

    def open(self):
        client = socket.socket()
        if self.receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        client.connect(self.address)
        client.setblocking(False)
        try:
            client.send(self.opening)
        except OSError:
            pass  # it was ended already, as some of so many are
        return client

    def goes_on(self, client):
        """Whether it does, after a little more of it."""
        try:
            if self.more:
                client.send(self.more)
                return client.recv(1, socket.MSG_PEEK) != b""
            return client.recv(1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def go_on(self):
        ended = [i for i, client in enumerate(self.clients) if not self.goes_on(client)]
        for i in ended[:MOST_OPENED_ANEW]:
            self.clients[i].close()
            self.clients[i] = self.open()

    def close(self):
        for client in self.clients:
            client.close()


class SlowClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * CONNECTIONS)), hard))
        cls.service = cls.enterClassContext(Service())
        cls.head = f"HTTP/1.1\r\nHost: {cls.service.host}\r\n"

    def assert_answers_at_once_beside(self, **slow):
        slow = Slow(self.service, **slow)
        self.addCleanup(slow.close)
        # That a thousand came in one moment is over once this is answered. What follows waits for the slow, if for anybody.
        self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            begin = time.monotonic()
            self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
            self.assertLess(time.monotonic() - begin, AT_ONCE)
            slow.go_on()

    def test_in_the_header_keep_nobody_out(self):
        self.assert_answers_at_once_beside(opening=f"GET / {self.head}".encode(), more=b"X-More: 1\r\n")

    def test_in_the_body_keep_nobody_out(self):
        opening = f"POST /api/runs {self.head}Content-Length: 16000\r\n\r\n"
        self.assert_answers_at_once_beside(opening=opening.encode(), more=b"x")

    def test_in_taking_the_answer_keep_nobody_out(self):
        opening = f"GET /sources.json {self.head}\r\n" * 4
        self.assert_answers_at_once_beside(opening=opening.encode(), receive_buffer=1024)

    def test_that_follow_a_run_keep_nobody_out(self):
        run = self.service.start(LONG)
        opening = (f"GET /api/runs/{run}/events {self.head}Connection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        self.assert_answers_at_once_beside(opening=opening.encode(), receive_buffer=1024)
        with self.service.follow(run) as feed:
            self.assertEqual(feed.status, 503)


if __name__ == "__main__":
    unittest.main()
