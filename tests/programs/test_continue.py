"""Comparisons that are continued with --continue."""

import contextlib
import json
import os
import resource
import shlex
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from comparisons import COMPARE, SHORT
from programs import PATIENCE, RAW, run

LOAD = ("--connections", "4", "--idle-memory", "0")
OWN = shlex.quote(RAW) + " epoll --service echo --port {port}"
VERSION_1 = Path(__file__).parent.parent / "compare" / "results" / "version_1.json"


def servers_of(results):
    return results["scenarios"][0]["points"][0]["servers"]


def sessions_of(results):
    return {server["title"]: server["rounds"] for server in servers_of(results)}


class ContinuedComparison(unittest.TestCase):
    """Has a comparison of three sessions."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.first = cls.folder / "first.json"
        done = run(COMPARE, *LOAD, "--servers", "minimal,epoll", "--server", "mine=" + OWN, "--warmup", "50ms",
                   "--sessions", "3", "--baseline", "epoll", "--json", cls.first)
        assert done.returncode == 0, done.stderr
        cls.before = json.loads(cls.first.read_text())
        if why := cls.before["scenarios"][0]["points"][0]["why_windows"]:
            raise unittest.SkipTest(why)

    def setUp(self):
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "results.json"
        self.file.write_text(self.first.read_text())

    def go_on(self, *options, file=None, **popen):
        return run(COMPARE, "--continue", file or self.file, *options, **popen)

    def written(self, change):
        """The file with changed results."""
        results = json.loads(self.first.read_text())
        change(results)
        self.file.write_text(json.dumps(results))

    def assert_refused(self, done, why, status=1):
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(why, done.stderr.splitlines()[-1])
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


class MoreSessions(ContinuedComparison):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.folder / "all.json"
        cls.file.write_text(cls.first.read_text())
        cls.done = run(COMPARE, "--continue", cls.file, "--server", "mine=" + OWN, "--sessions", "5", "--json", cls.file,
                       "--events", cls.folder / "events")
        cls.results = json.loads(cls.file.read_text())
        cls.events = [json.loads(line) for line in (cls.folder / "events").read_text().splitlines()]

    def setUp(self):
        pass

    def test_succeed(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertIn("5 sessions", self.done.stdout)
        self.assertIs(self.results["partial"], False)

    def test_follow_the_old_ones_which_are_as_they_were(self):
        old = sessions_of(self.before)
        for title, rounds in sessions_of(self.results).items():
            self.assertEqual(len(rounds), 5)
            self.assertNotIn(None, rounds)
            for one, other in zip(old[title], rounds):
                self.assertEqual(one["load"], other["load"])
                for name in "server_cpu_seconds", "window_seconds", "context_switches":
                    self.assertEqual(one[name], other[name], name)
                for cost, same in zip(one["slices"], other["slices"], strict=True):
                    self.assertAlmostEqual(cost, same, places=9)  # the last digit of a JSON number may change
            self.assertEqual(len(rounds[4]["slices"]), len(rounds[0]["slices"]))

    def test_leave_what_is_not_measured_in_sessions_as_it_was(self):
        for one, other in zip(servers_of(self.before), servers_of(self.results), strict=True):
            self.assertEqual(one["warmup"], other["warmup"])
            self.assertEqual(set(one["system_calls"]["per_message"]), set(other["system_calls"]["per_message"]))
        before, after = (results["scenarios"][0]["points"][0] for results in (self.before, self.results))
        for name in "work", "slice_seconds", "baseline":
            self.assertEqual(before[name], after[name], name)
        for name in "seed", "baseline":
            self.assertEqual(self.before["options"][name], self.results["options"][name], name)
        self.assertEqual(self.before["created"], self.results["created"])

    def test_are_in_the_figures_with_the_old_ones(self):
        for server in servers_of(self.results):
            costs = [round["cpu_us_per_message"] for round in server["rounds"]]
            self.assertGreaterEqual(server["medians"]["cpu_us_per_message"], min(costs))
            self.assertLessEqual(server["medians"]["cpu_us_per_message"], max(costs))
        own = self.results["scenarios"][0]["points"][0]["servers"][0]["medians"]["ratio"]
        old = self.before["scenarios"][0]["points"][0]["servers"][0]["medians"]["ratio"]
        self.assertNotEqual(own["value"], old["value"])

    def test_are_reported_after_the_old_ones(self):
        sessions = [event for event in self.events if event["event"] == "session"]
        self.assertEqual([event["session"] for event in sessions], [3, 4, 5])
        kinds = [event["event"] for event in self.events]
        self.assertLess(kinds.index("session"), kinds.index("step"), "before anything is measured")
        slices = {event["session"] for event in self.events if event["event"] == "slices"}
        self.assertEqual(slices, {4, 5})
        for server, before in zip(sessions[0]["servers"], servers_of(self.before), strict=True):
            self.assertAlmostEqual(server["ratio"]["value"], before["medians"]["ratio"]["value"])
            self.assertAlmostEqual(server["latest"]["cpu_us_per_message"], before["rounds"][2]["cpu_us_per_message"])


class AContinuedComparison(ContinuedComparison):
    own = ("--server", "mine=" + OWN)

    def test_can_be_precise_already(self):
        done = self.go_on(*self.own, "--sessions", "10", "--json", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.go_on(*self.own, "--precision", "100%", "--json", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no session was added, because all ratios are precise enough already", done.stderr)
        self.assertEqual(len(sessions_of(json.loads(self.file.read_text()))["mine"]), 10)

    def test_of_an_interrupted_one_is_complete(self):
        self.written(lambda results: results.update(partial=True))
        done = self.go_on(*self.own, "--sessions", "4", "--json", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIs(json.loads(self.file.read_text())["partial"], False)

    def test_that_is_interrupted_has_its_new_sessions(self):
        with subprocess.Popen([COMPARE, "--continue", self.file, *self.own, "--sessions", "1000", "--json", self.file,
                               "--events", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as going:
            new = (event for event in map(json.loads, going.stdout) if event["event"] == "session")
            self.assertIn(4, (event["session"] for event in new))
            going.send_signal(signal.SIGINT)
            going.stdout.read()
            self.assertEqual(going.wait(PATIENCE), 130)
        results = json.loads(self.file.read_text())
        self.assertIs(results["partial"], True)
        self.assertGreaterEqual(len(sessions_of(results)["mine"]), 4)

    def test_that_is_interrupted_at_once_leaves_the_file(self):
        with subprocess.Popen([COMPARE, "--continue", self.file, *self.own, "--sessions", "1000", "--json", self.file,
                               "--events", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as going:
            for event in map(json.loads, going.stdout):
                if event["event"] == "step":
                    break
            going.send_signal(signal.SIGINT)
            later = list(map(json.loads, going.stdout))
            self.assertEqual(going.wait(PATIENCE), 130)
        if any(event["event"] == "session" for event in later):
            self.skipTest("the signal came after a session had ended")
        self.assertEqual(self.file.read_text(), self.first.read_text())

    def test_that_cannot_be_written_leaves_the_file(self):
        # Its results are longer than the limit on files.
        limit = len(self.first.read_bytes()) // 2
        done = self.go_on(*self.own, "--sessions", "4", "--json", self.file,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.file.read_text(), self.first.read_text())


class Continuing(ContinuedComparison):
    own = ("--server", "mine=" + OWN)

    def test_is_refused_with_options_on_what_is_measured(self):
        for option in ("--servers=epoll", "--connections=4", "--idle=1", "--baseline=epoll", "--slice=20ms", "--seed=1",
                       "--rounds=3", "--warmup=1s", "--server-cores=0", "--idle-memory=0", "--unix"):
            self.assert_refused(self.go_on(option), f"{option.split('=')[0]} cannot be combined with --continue", 2)

    def test_is_refused_for_what_has_no_sessions(self):
        windows = self.folder / "windows.json"
        if not windows.exists():
            run(COMPARE, *SHORT, "--servers", "minimal", "--json", windows)
        self.assert_refused(self.go_on(file=windows), "it was measured in windows")
        self.assert_refused(self.go_on(file=VERSION_1), "cannot continue")
        self.written(lambda results: results.update(scenarios=[]))
        self.assert_refused(self.go_on(), "it has no comparison of servers")
        self.file.write_text("{}")
        self.assert_refused(self.go_on(), "give a file that iomux-compare --json has written")

    def test_is_refused_for_a_scenario(self):
        self.written(lambda results: results["scenarios"][0].update(name="idle"))
        self.assert_refused(self.go_on(), "it has the scenario idle; only a comparison without a command")

    def test_is_refused_if_the_sessions_were_removed(self):
        def remove(results):
            for server in servers_of(results):
                server["rounds"] = []
        self.written(remove)
        self.assert_refused(self.go_on(), "its sessions were removed")

    def test_is_refused_if_all_servers_have_failed(self):
        def fail(results):
            for server in servers_of(results):
                server["failed"] = "died"
        self.written(fail)
        self.assert_refused(self.go_on(), "all its servers were skipped or failed")

    def test_is_refused_on_another_machine(self):
        self.written(lambda results: results["environment"].update(cpu="another", kernel="Linux 2.0"))
        self.assert_refused(self.go_on(), 'kernel: "Linux 2.0", now "Linux ')
        self.assert_refused(self.go_on(), 'cpu: "another", now ')

    def test_is_refused_with_another_build(self):
        self.written(lambda results: results["environment"].update(commit="1a2b3c4d5e6f"))
        self.assert_refused(self.go_on(), "sessions of two builds must not be pooled: commit: \"1a2b3c4d5e6f\", now ")

    def test_is_refused_with_programs_that_are_newer_if_their_commit_does_not_tell(self):
        if self.before["environment"]["commit"].isalnum() and self.before["environment"]["commit"] != "unknown":
            self.skipTest("the commit tells the build")
        self.written(lambda results: results.update(created="2020-01-01T00:00:00Z"))
        self.assert_refused(self.go_on(*self.own), "was built after it was measured")

    def test_is_refused_on_cores_that_may_not_be_used(self):
        self.written(lambda results: results["scenarios"][0].update(server_cores=[4711]))
        self.assert_refused(self.go_on(), "core 4711 may not be used here")

    def test_is_refused_without_a_server_that_no_longer_exists(self):
        def rename(results):
            servers_of(results)[0].update(name="epol", title="epol")
            del results["scenarios"][0]["points"][0]["rankings"]  # they name the servers, too
        self.written(rename)
        self.assert_refused(self.go_on(*self.own), 'its server "epol" does not exist here: no server named "epol"')

    def test_is_refused_without_the_command_of_a_server_of_the_user(self):
        self.assert_refused(self.go_on(), "its server \"mine\" is yours; give it again: --server 'mine=")
        self.assert_refused(self.go_on("--server", "mine=other {port}"), "sessions of two commands must not be pooled", 2)
        self.assert_refused(self.go_on(*self.own, "--server", "new=other {port}"), "has no such server", 2)
        self.written(lambda results: servers_of(results)[2].update(path="", summary=""))
        self.assert_refused(self.go_on(*self.own), 'it does not have the command of "mine"')

    def test_is_refused_if_a_server_was_attached(self):
        self.written(lambda results: servers_of(results)[2].update(origin="attached"))
        self.assert_refused(self.go_on(), 'its server "mine" was attached')

    def test_is_refused_if_a_server_does_not_start(self):
        command = "false {port}"
        self.written(lambda results: servers_of(results)[2].update(path=command))
        done = self.go_on("--server", "mine=" + command)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot add sessions: mine: died before it listened", done.stderr)

    def test_is_refused_if_there_are_as_many_sessions_already(self):
        self.assert_refused(self.go_on("--sessions", "3"), "has 3 sessions, and the most are 3", 2)

    def test_does_not_overwrite_the_file_with_something_else(self):
        for option in "--csv", "--html", "--events":
            self.assert_refused(self.go_on(option, self.file), "would be overwritten", 2)
        with contextlib.suppress(FileExistsError):
            os.link(self.file, self.file.parent / "other")
        self.assert_refused(self.go_on("--json", self.file), "cannot be replaced as a whole", 2)
        self.assertEqual(self.file.read_text(), self.first.read_text())


if __name__ == "__main__":
    unittest.main()
