"""The load generator over connections."""

import json
import os
import unittest

from programs import RAW, Server, every_mechanism, run

LOAD = os.environ["IOMUX_LOAD"]
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
SHORT = ("--warmup", "10ms", "--duration", "200ms", "--connections", "4")


class Load(unittest.TestCase):
    def load(self, *options):
        with Server(EPOLL, "--service", "echo") as server:
            return run(LOAD, "--port", str(server.port), *SHORT, *options)

    def report(self, *options):
        done = self.load(*options, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_in_a_closed_loop_has_no_times_to_keep_to(self):
        report = self.report()
        self.assertGreater(report["messages"], 0)
        self.assertIsNone(report["open_loop"])

    def test_at_a_rate_asks_at_that_rate(self):
        loop = self.report("--rate", "1000", "--arrivals", "fixed")["open_loop"]
        self.assertEqual((loop["rate"], loop["arrivals"]), (1000, "fixed"))
        self.assertGreaterEqual(loop["due"], 199)
        self.assertGreater(loop["sent"], 0)

    def test_at_a_rate_says_in_the_text_too_how_it_kept_to_it(self):
        done = self.load("--rate", "1000")
        self.assertRegex(done.stdout, r"(?m)^open loop 1000 a second, exponential: \d+ due, \d+ sent, .* unsent$")

    def test_draws_sizes_in_every_loop(self):
        for options in (), ("--rate", "1000"), ("--churn",):
            with self.subTest(options):
                report = self.report("--size", "exponential:256B", "--seed", "7", *options)
                self.assertEqual(report["sizes"], "exponential:256")
                self.assertAlmostEqual(report["size"], 256, delta=1)
                self.assertGreater(report["messages"], 0)

    def test_draws_no_size_beyond_the_limit(self):
        report = self.report("--framing", "length", "--max-message", "64", "--size", "exponential:60")
        self.assertLess(report["size"], 60)

    def test_shares_its_work_over_threads(self):
        for options in (), ("--rate", "1000"):
            report = self.report("--threads", "2", *options)
            self.assertEqual(report["threads"], 2)
            self.assertGreater(report["messages"], 0)

    def test_says_of_all_threads_what_went_wrong_in_one(self):
        done = run(LOAD, "--unix", "/nowhere/socket", "--threads", "4", "--connections", "64", "--duration", "100m")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-load: cannot connect to unix:/nowhere/socket: .*\n\Z")

    def test_with_churn_asks_on_connections_of_their_own(self):
        for options in ((), ("--rate", "200")):
            report = self.report("--churn", *options)
            self.assertIs(report["churn"], True)
            self.assertGreater(report["messages"], 0)

    def test_says_meanwhile_what_it_has_counted(self):
        for how in ((), ("--churn",), ("--rate", "2000")):
            lines = self.load(*how, "--mark-window", "--live", "50ms", "--json").stdout.splitlines()
            self.assertEqual((lines[0], lines[-2]), ("measuring", "measured"))
            samples = [json.loads(line.removeprefix("sample ")) for line in lines[1:-2]]
            counts = [sample["messages"] for sample in samples] + [json.loads(lines[-1])["messages"]]
            self.assertGreater(len(counts), 1)
            self.assertEqual(counts, sorted(counts))
            self.assertTrue(all(sample["p50_us"] is None or sample["p50_us"] > 0 for sample in samples))


class Misusing(unittest.TestCase):
    """One line on standard error, exit 2."""

    def assert_refused(self, *options, naming):
        done = run(LOAD, *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-load: .+\n\Z")
        self.assertIn(naming, done.stderr)

    def test_with_a_rate_that_is_none(self):
        for rate in ("0", "-5", "fast", "1.5"):
            self.assert_refused("--rate", rate, naming=rate)

    def test_with_looks_that_would_be_its_main_work(self):
        self.assert_refused("--live", "1ms", naming="--live")
        self.assert_refused("--live", "1s", "--threads", "2", naming="--live")

    def test_with_arrivals_that_there_are_not(self):
        self.assert_refused("--rate", "5", "--arrivals", "often", naming="often")

    def test_with_arrivals_in_a_closed_loop(self):
        self.assert_refused("--arrivals", "fixed", naming="--rate")

    def test_with_churn_of_what_stays(self):
        for option in (("--idle", "5"), ("--depth", "2"), ("--udp",)):
            self.assert_refused("--churn", *option, naming=option[0])

    def test_with_sizes_that_are_none(self):
        for size in ("uniform:5", "uniform:5-2", "exponential:0", "normal:5", "2G"):
            self.assert_refused("--size", size, naming=size)
        self.assert_refused("--size", "uniform:4-64", "--udp", naming="8 bytes")
        self.assert_refused("--size", "uniform:16B-128KiB", "--framing", "line", naming="131072")

    def test_with_threads_that_have_nothing_to_share(self):
        for options in ("--churn",), ("--udp",), ("--connections", "3"):
            self.assert_refused("--threads", "4", *options, naming="--threads")

    def test_with_a_seed_of_nothing(self):
        self.assert_refused("--seed", "7", naming="--seed")

    def test_with_datagrams_at_a_rate(self):
        self.assert_refused("--udp", "--rate", "5", naming="--rate")
