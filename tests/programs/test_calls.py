"""The system calls per message that README states, with one client. The kernel counts them, which needs root."""

import os
import re
import sys
import time
import unittest
from pathlib import Path

from programs import PATIENCE, RAW

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))

import servers  # noqa: E402
from tracepoints import ALL, CannotCount, Counters, tracepoints  # noqa: E402

SIZE = 64
COUNTED = 50
# A row of the table of servers: the name, and the calls with one client.
ROW = re.compile(r"^\| `(?P<name>[\w/-]+)` \|(?:[^|]*\|){2} (?P<calls>\d+\.\d) / \d+\.\d \|", re.MULTILINE)


def stated():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {row["name"]: float(row["calls"]) for row in ROW.finditer(text)}


def sleeps(process):
    """Whether every thread sleeps, so that the server waits for the next message."""
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/stat", encoding="ascii") as stat:
            if stat.read().rpartition(")")[2].split()[0] != "S":
                return False
    return True


def wait_until_asleep(process):
    give_up = time.monotonic() + PATIENCE
    while not sleeps(process):
        if time.monotonic() > give_up:
            raise TimeoutError("the server never sleeps")
        time.sleep(0.0002)


def calls_per_message(server, points):
    """Each message finds the server asleep, however slow the server is. So the number does not depend on the machine."""
    with servers.started(servers.command_for(server, 1)) as running:
        process = running.process.pid
        with running.peers(1) as peers:

            def exchange(messages):
                for _ in range(messages):
                    servers.exchange(peers, SIZE, 1)
                    wait_until_asleep(process)

            exchange(2)  # then the server has started its threads
            counters = Counters(process, points)
            exchange(COUNTED)
            calls = counters.close()[ALL]
    return calls / COUNTED


@unittest.skipIf(os.environ["IOMUX_SANITIZE"], "the sanitizer makes system calls of its own")
class TheCallsPerMessageInTheReadme(unittest.TestCase):
    def setUp(self):
        try:
            self.points = {ALL: tracepoints()[ALL]}
        except CannotCount as error:
            self.skipTest(str(error))

    def test_are_those_that_the_kernel_counts(self):
        numbers = stated()
        self.assertGreaterEqual(len(numbers), 14, numbers)
        for server in servers.chosen(Path(RAW).parents[1], list(numbers)):
            with self.subTest(server.title):
                if server.skipped:
                    self.skipTest(server.skipped)
                try:
                    counted = calls_per_message(server, self.points)
                except CannotCount as error:
                    self.skipTest(str(error))
                self.assertAlmostEqual(counted, numbers[server.title], delta=0.05)
