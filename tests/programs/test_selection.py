import contextlib
import io
import sys
import unittest
from types import SimpleNamespace
from unittest import mock

from selection import chosen_servers

KNOWN = [SimpleNamespace(program=f"build/{program}/iomux-{program}", name=name)
         for program, name in (("raw", "epoll"), ("raw", "io_uring"), ("asio", "callbacks"))]
LISTED = "(servers: raw/epoll, raw/io_uring, asio/callbacks)"


class TheSelection(unittest.TestCase):
    def assert_refused(self, names, text):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), mock.patch.object(sys, "argv", ["tests/soak/soak"]):
            with self.assertRaises(SystemExit) as ended:
                chosen_servers(names, KNOWN)
        self.assertEqual((ended.exception.code, errors.getvalue()), (2, f"soak: {text}\n"))

    def test_takes_names_with_and_without_the_program(self):
        self.assertEqual(chosen_servers("asio/callbacks,epoll", KNOWN), [KNOWN[2], KNOWN[0]])
        self.assertEqual(chosen_servers(None, KNOWN), KNOWN)

    def test_suggests_the_server_that_was_meant(self):
        self.assert_refused("epoll,calbacks", f'no server named "calbacks"; did you mean "callbacks"? {LISTED}')
        self.assert_refused("raw/epol", f'no server named "raw/epol"; did you mean "raw/epoll"? {LISTED}')
        self.assert_refused("EPOLL", f'no server named "EPOLL"; did you mean "epoll"? {LISTED}')

    def test_lists_the_servers_if_no_name_is_close(self):
        self.assert_refused("telepathy", f'no server named "telepathy" {LISTED}')
        self.assert_refused("", f'no server named "" {LISTED}')


if __name__ == "__main__":
    unittest.main()
