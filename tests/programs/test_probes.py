import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from programs import PATIENCE, run

COMPARE = os.environ["IOMUX_COMPARE"]


class MonitorCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = run(COMPARE, "monitor", "--quick", "--json", "-")

    def test_succeeds(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_prints_each_mechanism_in_addition_to_its_json(self):
        for name in ("select", "poll", "epoll", "epoll-et", "io_uring"):
            self.assertRegex(self.done.stderr, rf"(?m)^{name} ")

    def test_measures_poll_and_epoll_at_each_number_of_descriptors_that_the_limit_allows(self):
        points = json.loads(self.done.stdout)["points"]
        self.assertEqual([point["descriptors"] for point in points], [10, 100, 1000, 10000])
        for point in points:
            for one in point["mechanisms"]:
                self.assertTrue(one.get("not_measured") or one["low"] <= one["us"] <= one["high"], one)
        self.assertNotIn("not_measured", points[0]["mechanisms"][1])

    def test_says_where_select_ends(self):
        last = json.loads(self.done.stdout)["points"][-1]
        self.assertEqual(last["mechanisms"][0]["name"], "select")
        self.assertRegex(last["mechanisms"][0]["not_measured"],
                         r"fd_set, which ends at 1023|needs [\d,]+ descriptors, but the limit is")

    def test_measures_percentages(self):
        self.assertEqual([point["share"] for point in json.loads(self.done.stdout)["active"]], [0.01, 0.1, 0.3, 1])

    def test_describes_the_machine(self):
        self.assertIn("kernel", json.loads(self.done.stdout)["environment"])


class ClaimsCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / "events"
            cls.done = run(COMPARE, "claims", "--quick", "--json", "-", "--events", str(events), timeout=3 * PATIENCE)
            cls.events = [json.loads(line) for line in events.read_text().splitlines()]

    def claims(self):
        return json.loads(self.done.stdout)["claims"]

    def test_succeeds(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_describes_the_machine(self):
        results = json.loads(self.done.stdout)
        self.assertEqual((results["format"], results["version"], results["partial"]), ("iomux-claims", 1, False))
        self.assertIn("kernel", results["environment"])

    def test_tells_of_its_steps_and_at_the_end_of_its_results(self):
        first, *steps, last = self.events
        self.assertEqual((first["event"], first["servers"], first["rounds"]), ("started", [], None))
        self.assertEqual({event["event"] for event in steps}, {"step"})
        self.assertIn("monitor", {step["server"] for step in steps})
        self.assertTrue(any("1,000 connections: " in step["step"] for step in steps))
        self.assertGreater(steps[0]["seconds_left"], steps[-1]["seconds_left"])
        self.assertEqual((last["event"], last["results"]), ("finished", json.loads(self.done.stdout)))

    def test_prints_each_claim_in_addition_to_its_json(self):
        # Without line breaks.
        text = " ".join(self.done.stderr.split())
        for claim in self.claims():
            self.assertIn(claim["claim"], text)

    def test_gives_each_claim_a_verdict(self):
        for claim in self.claims():
            self.assertIn(claim["verdict"], ("holds", "holds_only_when", "does_not_hold", "not_measured"))
            self.assertTrue(claim["why"], claim)

    def test_measures_threads_with_growing_numbers_of_connections(self):
        claim = next(claim for claim in self.claims() if claim["id"] == "few-connections-for-threads")
        if claim["verdict"] == "not_measured":
            self.skipTest(claim["why"])
        name = re.compile(r"CPU per message of blocking ÷ epoll's, with (\d+) connections?")
        self.assertEqual([int(name.fullmatch(figure["name"])[1]) for figure in claim["figures"]], [1, 2, 4, 8, 16, 100])
        for figure in claim["figures"]:
            self.assertLess(figure["low"], figure["high"])

    def test_finds_epoll_level_triggered(self):
        claims = {claim["id"]: claim for claim in self.claims()}
        self.assertEqual(claims["epoll-edge-triggered"]["verdict"], "does_not_hold")

    def test_finds_the_system_calls_of_asio_if_tracing_is_allowed(self):
        claims = {claim["id"]: claim for claim in self.claims()}
        asio = claims["asio-proactor"]
        if asio["verdict"] == "not_measured":
            self.skipTest(asio["why"])
        figures = {figure["name"]: figure["value"] for figure in asio["figures"]}
        self.assertGreater(figures["receives per message on epoll"], 0.9)
        self.assertGreater(figures["calls per message on epoll"], 2)


class InterruptedClaims(unittest.TestCase):
    def test_are_written_as_partial_results(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "claims.json"
            with subprocess.Popen((COMPARE, "claims", "--events", "-", "--json", str(file)), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    if json.loads(line)["event"] == "step":
                        break
                process.send_signal(signal.SIGINT)
                events, text = process.communicate(timeout=PATIENCE)
            results = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual(process.returncode, 130, text)
        self.assertNotIn('"finished"', events)
        self.assertRegex(text, r"(?m)^Interrupted(\. These are the results so far| before the first result)\.$")
        self.assertTrue(results["partial"])
        far_cheaper, = (claim for claim in results["claims"] if claim["id"] == "epoll-far-cheaper")
        self.assertEqual((far_cheaper["verdict"], far_cheaper["why"]),
                         ("not_measured", "Interrupted before the experiment ended."))


class ProbeCommands(unittest.TestCase):
    COMMANDS = ("monitor", "claims")

    def test_print_help(self):
        for command in self.COMMANDS:
            done = run(COMPARE, command, "--help")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"Usage: iomux-compare {command}", done.stdout)

    def test_refuse_unknown_options(self):
        for command in self.COMMANDS:
            done = run(COMPARE, command, "--telepathy")
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("--telepathy", done.stderr)
            self.assertEqual(run(COMPARE, command, "surplus").returncode, 2)


if __name__ == "__main__":
    unittest.main()
