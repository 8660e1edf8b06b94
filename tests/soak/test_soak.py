"""Servers with a fault, each of which the whole program must find."""

import os
import shlex
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def soak(*options):
    return subprocess.run([sys.executable, "-B", os.path.join(HERE, "soak"), *options],
                          capture_output=True, text=True, timeout=120)


class ASoak(unittest.TestCase):
    def assert_found(self, fault, expected):
        server = shlex.join([sys.executable, "-B", os.path.join(HERE, "misbehaving_server.py"), fault, "{suffix}"])
        found = soak("--seconds", "2", "--server", server)
        self.assertRegex(found.stdout, f"FAIL  .*{expected}", found.stderr)
        self.assertEqual(found.returncode, 1)

    def test_finds_leaked_memory(self):
        self.assert_found("leaks-memory", "memory grew by more than 1 MiB")

    def test_finds_leaked_descriptors(self):
        self.assert_found("leaks-descriptors", "descriptors are still open")

    def test_finds_late_replies(self):
        self.assert_found("is-late", "ping p99 above 10 ms")

    def test_finds_one_wrong_bit(self):
        self.assert_found("flips-a-bit", "wrong reply: b'7.*' instead of b'6")

    def test_finds_a_missing_reply(self):
        self.assert_found("loses-a-reply", "wrong reply|timed out")

    def test_finds_an_extra_reply(self):
        self.assert_found("repeats-a-reply", "wrong reply|unexpected reply")

    def test_finds_lost_connections(self):
        self.assert_found("hangs-up", "the connection ended with|reset by peer")

    def test_says_how_the_server_ended(self):
        self.assert_found("ends", "the server ended, exit 7")

    def test_says_why_a_server_does_not_start(self):
        found = soak("--server", "sh -c 'echo no port is free >&2'")
        self.assertIn("FAIL  the server does not start: no port is free", found.stdout)
        self.assertEqual(found.returncode, 1)

    def test_says_that_a_server_prints_no_port(self):
        found = soak("--server", "echo ready")
        self.assertIn("FAIL  the first line has no port: ready", found.stdout)
        self.assertEqual(found.returncode, 1)

    def test_treats_an_unknown_server_as_a_usage_error(self):
        found = soak("--build", "/nowhere", "--servers", "epoll")
        self.assertEqual((found.returncode, found.stdout), (2, ""))
