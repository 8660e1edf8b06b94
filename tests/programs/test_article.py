import os
import queue
import socket
import unittest
from unittest import mock

from programs import PATIENCE, Server, each_server

SOURCE = os.path.join(os.path.dirname(__file__), "article_client.py")
THREADS = 10
REPLIES_EACH = 20


class ArticleClient(unittest.TestCase):
    """The client of the article the project started from (Python I/O multiplexing, 2020), unchanged. The test replaces only
    its port, because 8080 may be in use, its output, and the end of its threads."""

    @each_server
    def test_is_answered_hi_suffix_every_time(self, mechanism):
        with Server(mechanism) as server:
            self.assertEqual(printed_by_article_client(server.port), [b"hi_suffix"] * THREADS * REPLIES_EACH)


def printed_by_article_client(port):
    class Socket(socket.socket):
        replies = 0

        def connect(self, _):
            super().connect(("127.0.0.1", port))

        def recv(self, size):
            if self.replies == REPLIES_EACH:
                self.close()
                raise SystemExit
            self.replies += 1
            return super().recv(size)

    printed = queue.Queue()
    with open(SOURCE, encoding="utf-8") as file:
        client = compile(file.read(), SOURCE, "exec")
    with mock.patch("socket.socket", Socket):
        exec(client, {"print": printed.put})
        return [printed.get(timeout=PATIENCE) for _ in range(THREADS * REPLIES_EACH)]
