import json
import os
import tempfile
import unittest

from programs import ASIO, BACKENDS, Server, ask, every_mechanism, mechanisms_of


class OnItsOtherBackends(unittest.TestCase):
    def test_serves_in_every_style(self):
        for program in BACKENDS:
            for style in mechanisms_of(program):
                with self.subTest(program=os.path.basename(program), style=style.name), Server(style) as server:
                    with server.connect() as client:
                        self.assertTrue(ask(client, b"hi", b"hi_suffix"))
                    self.assertEqual(server.stop(), 0)


class WithOneContextForTwoThreads(unittest.TestCase):
    """Enough clients that each strand has some."""

    CLIENTS = 40

    def test_serves_on_both_strands(self):
        for style in every_mechanism():
            if style.program != ASIO or "contexts" not in style.own_options:
                continue
            with self.subTest(style.name), tempfile.TemporaryDirectory() as directory:
                file = os.path.join(directory, "stats")
                with Server(style, "--threads", "2", "--contexts", "shared", "--stats", file) as server:
                    for _ in range(self.CLIENTS):
                        with server.connect() as client:
                            self.assertTrue(ask(client, b"hi", b"hi_suffix"))
                    self.assertEqual(server.stop(), 0)
                with open(file, encoding="utf-8") as stats:
                    accepted = json.load(stats)["accepted_by_thread"]
                self.assertEqual((len(accepted), sum(accepted)), (2, self.CLIENTS))
