"""Slow clients do not delay others. The service answers at once while a thousand connections are slow in the ways of
slowhttptest (-H: unfinished header, -B: unfinished body, -X: slow reading of the response), or follow a run."""

import resource
import socket
import time
import unittest

from web import LONG, Service

CONNECTIONS = 1000
MOST_OPENED_ANEW = 100
SECONDS = 3
# Half of the service's shortest time limit. A client that had to wait for a slow one to time out would wait longer.
AT_ONCE = 5.0


class Slow:
    """A thousand connections. Some of those that the service closes are opened again each time."""

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
            pass  # the service has already closed it to make room
        return client

    def is_open(self, client):
        """Sends a little more, and returns whether the connection is still open."""
        try:
            if self.more:
                client.send(self.more)
                return client.recv(1, socket.MSG_PEEK) != b""
            return client.recv(1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def send_more(self):
        ended = [i for i, client in enumerate(self.clients) if not self.is_open(client)]
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
        # The first response may wait until a thousand connections are accepted. Later ones could wait only for slow clients.
        self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            begin = time.monotonic()
            self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
            self.assertLess(time.monotonic() - begin, AT_ONCE)
            slow.send_more()

    def test_with_unfinished_headers_delay_no_others(self):
        self.assert_answers_at_once_beside(opening=f"GET / {self.head}".encode(), more=b"X-More: 1\r\n")

    def test_with_unfinished_bodies_delay_no_others(self):
        opening = f"POST /api/runs {self.head}Content-Length: 16000\r\n\r\n"
        self.assert_answers_at_once_beside(opening=opening.encode(), more=b"x")

    def test_that_read_responses_slowly_delay_no_others(self):
        opening = f"GET /sources.json {self.head}\r\n" * 4
        self.assert_answers_at_once_beside(opening=opening.encode(), receive_buffer=1024)

    def test_that_follow_a_run_delay_no_others(self):
        run = self.service.start(LONG)
        opening = (f"GET /api/runs/{run}/events {self.head}Connection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        self.assert_answers_at_once_beside(opening=opening.encode(), receive_buffer=1024)
        with self.service.follow(run) as feed:
            self.assertEqual(feed.status, 503)


if __name__ == "__main__":
    unittest.main()
