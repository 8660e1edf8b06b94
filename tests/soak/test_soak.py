"""Servers with a fault, each found out by the whole program."""

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

    def test_finds_memory_that_is_kept(self):
        self.assert_found("leaks-memory", "memory grows by over 1 MiB")

    def test_finds_descriptors_that_are_left(self):
        self.assert_found("leaks-descriptors", "descriptors are left")

    def test_finds_late_replies(self):
        self.assert_found("is-late", "ping p99 over 10 ms")

    def test_finds_one_wrong_bit(self):
        self.assert_found("flips-a-bit", "a wrong reply: b'7.*' in the place of b'6")

    def test_finds_a_reply_that_is_missing(self):
        self.assert_found("loses-a-reply", "a wrong reply|timed out")

    def test_finds_a_reply_too_many(self):
        self.assert_found("repeats-a-reply", "a wrong reply|nobody asked for")

    def test_finds_connections_that_are_lost(self):
        self.assert_found("hangs-up", "the connection ends where|reset by peer")

    def test_says_how_the_server_ended(self):
        self.assert_found("ends", "the server ended, exit 7")

    def test_says_why_a_server_does_not_start(self):
        found = soak("--server", "sh -c 'echo no port is free >&2'")
        self.assertIn("FAIL  it does not start: no port is free", found.stdout)
        self.assertEqual(found.returncode, 1)

    def test_says_that_a_server_says_no_port(self):
        found = soak("--server", "echo ready")
        self.assertIn("FAIL  it does not say its port: ready", found.stdout)
        self.assertEqual(found.returncode, 1)

    def test_takes_a_server_that_it_does_not_know_for_a_wrong_option(self):
        found = soak("--build", "/nowhere", "--servers", "epoll")
        self.assertEqual((found.returncode, found.stdout), (2, ""))
