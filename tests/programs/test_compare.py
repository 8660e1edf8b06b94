import json
import os
import tempfile
import unittest

from programs import run

COMPARE = os.environ["IOMUX_COMPARE"]
SHORT = ("--rounds", "1", "--seconds", "0.1", "--connections", "4")


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "results.json")
            cls.done = run(COMPARE, *SHORT, "--servers", "minimal,epoll", "--json", file)
            with open(file, encoding="utf-8") as results:
                cls.servers = {one["name"]: one for one in json.load(results)["servers"]}

    def test_of_two_servers_succeeds(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_writes_both_to_its_json(self):
        self.assertEqual(set(self.servers), {"minimal", "epoll"})

    def test_measures_messages(self):
        for server in self.servers.values():
            self.assertGreater(server["medians"]["messages_per_second"], 0)

    def test_divides_by_minimal(self):
        self.assertEqual(self.servers["minimal"]["medians"]["ratio"], 1)

    def test_prints_a_row_for_each(self):
        for name in self.servers:
            self.assertRegex(self.done.stdout, rf"(?m)^ *{name} ")

    def test_prints_no_progress_into_a_pipe(self):
        self.assertNotIn("\r", self.done.stdout + self.done.stderr)


class FailedComparison(unittest.TestCase):
    def test_with_a_server_that_dies_shows_the_others_and_fails(self):
        done = run(COMPARE, *SHORT, "--servers", "epoll", "--server", "dead=false {port}")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^ *epoll +\d")
        self.assertRegex(done.stdout, r"(?m)^ *dead ")

    def test_of_an_unknown_server_is_refused(self):
        self.assertEqual(run(COMPARE, "--servers", "telepathy").returncode, 2)
