"""What SIGKILL leaves of a comparison, and what a comparison makes of a process that SIGKILL ends."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from comparisons import COMPARE
from programs import PATIENCE, RAW, run, wait_until

LOAD = os.environ["IOMUX_LOAD"]

# Much longer than it takes to find and kill a process of a session or of a round.
LONG_SESSIONS = ("--sessions", "8", "--slice", "300ms", "--connections", "4", "--idle-memory", "0")
LONG_ROUNDS = ("--rounds", "8", "--seconds", "5", "--connections", "4", "--idle-memory", "0")
BROUGHT = f"mine=setsid {RAW} epoll --service echo --port {{port}} & wait"


def fields_of(process):
    """State and parent of the process, or nothing if there is none."""
    with contextlib.suppress(OSError):
        return Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()[:2]
    return None


def runs(process):
    fields = fields_of(process)
    return fields is not None and fields[0] not in "ZX"


def descendants_of(root):
    parents = {int(pid): int(fields[1]) for pid in os.listdir("/proc") if pid.isdigit() and (fields := fields_of(pid))}
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]


def words_of(process):
    with contextlib.suppress(OSError):
        return Path("/proc", str(process), "cmdline").read_bytes().decode().split("\0")
    return []


def find(root, *words):
    """The descendants that have all these words among their arguments."""
    return [process for process in descendants_of(root) if set(words) <= set(words_of(process))]


class AKilledComparison(unittest.TestCase):
    def kill_with(self, load, *words):
        """Kills it as soon as a load generator with these words runs, and waits until nothing that it started runs."""
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "TMPDIR": folder}
            with subprocess.Popen((COMPARE, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=environment) as comparison:
                wait_until(lambda: comparison.poll() is not None or find(comparison.pid, LOAD, *load), "the measurement has begun")
                started = descendants_of(comparison.pid)
                self.assertTrue(started)
                comparison.kill()
            self.assertEqual(comparison.returncode, -signal.SIGKILL)
            wait_until(lambda: not any(runs(one) for one in started), f"none of {started} runs")
            done = run(COMPARE, "--servers", "epoll", "--rounds", "1", "--seconds", "0.3", "--idle-memory", "0", env=environment)
            self.assertEqual((done.returncode, os.listdir(folder)), (0, []), done.stderr)

    def test_leaves_nothing_running_or_behind(self):
        loaded, idle = (), ("--connections=50",)
        for words, load in (((*LONG_SESSIONS, "--servers", "minimal,blocking", "--server", BROUGHT), loaded),
                             ((*LONG_ROUNDS, "--servers", "epoll", "--server", BROUGHT), loaded),
                             ((*LONG_SESSIONS, "--servers", "epoll", "--idle", "50"), idle),
                             (("run", "fairness", "--servers", "epoll"), loaded),
                             (("selfcheck",), loaded)):
            with self.subTest(words):
                self.kill_with(load, *words)


class AProcessThatIsKilled(unittest.TestCase):
    """By someone else, while it is measured or measures."""

    def assert_fails_the_row(self, words, victim):
        """Kills the victims once there is a figure, so that it is not the rehearsal that loses them."""
        with subprocess.Popen((COMPARE, "--servers", "epoll", *words, "--events", "-"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as comparison:
            for line in comparison.stdout:
                if json.loads(line)["event"] in ("slices", "sample"):
                    break
            wait_until(lambda: comparison.poll() is not None or find(comparison.pid, *victim), "the process runs")
            for process in find(comparison.pid, *victim):
                os.kill(process, signal.SIGKILL)
            output, errors = comparison.communicate(timeout=PATIENCE)
        self.assertEqual(comparison.returncode, 1, output + errors)
        self.assertRegex(errors, "epoll +failed: .*killed by SIGKILL")

    def test_fails_its_row(self):
        conducts, marks, server = ("--conduct", "--connections=4"), ("--mark-window",), (RAW, "epoll")
        idle = ("--conduct", "--connections=50")
        for words, victim in ((LONG_SESSIONS, (LOAD, *conducts)),
                              (LONG_SESSIONS, server),
                              (LONG_ROUNDS, (LOAD, *marks)),
                              (LONG_ROUNDS, server),
                              ((*LONG_SESSIONS, "--idle", "50"), (LOAD, *idle))):
            with self.subTest(words, victim=victim):
                self.assert_fails_the_row(words, victim)
