import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from programs import PATIENCE, RAW, Server, every_mechanism, run, wait_until

COMPARE = os.environ["IOMUX_COMPARE"]
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "src/compare/results/explanation.schema.json"

EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))

# Little measuring. A slice that is given is not refused on a slow machine.
QUICKLY = ("--budget", "1", "--connections", "4", "--slice", "20ms")


def explain(*words, **options):
    """Skips the test if this machine does not permit sampling."""
    done = run(COMPARE, "explain", *words, **{"timeout": 3 * PATIENCE, **options})
    skip_if_refused(done.returncode, done.stderr)
    return done


def skip_if_refused(status, errors):
    # All of them begin like this, and are the last line.
    last = errors.strip().rpartition("\n")[2]
    for refusal in ("cannot sample the servers (perf_event_open): ", "/proc/kallsyms shows no addresses",
                    "this program was built without libdw"):
        if status == 1 and last.startswith(f"iomux-compare: {refusal}"):
            raise unittest.SkipTest(last)


def has_load(process):
    """Whether the process measures: its load generator has started."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return any(b"--conduct" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
    return False


class AnExplanation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "why.html"
            cls.done = explain("epoll", "epoll --work busy:200us", *QUICKLY, "--json", "-", "--html", str(page))
            if cls.done.returncode == 0:
                cls.result = json.loads(cls.done.stdout)
                cls.page = page.read_text(encoding="utf-8")

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_matches_its_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no jsonschema (python3-jsonschema)")
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(self.result, schema)
        for changed in ({"version": 2}, {"parts": [{}]}, {"servers": []}):
            with self.assertRaises(jsonschema.ValidationError, msg=changed):
                jsonschema.validate({**self.result, **changed}, schema)

    def test_describes_the_servers_and_the_machine(self):
        self.assertEqual((self.result["format"], self.result["version"], self.result["partial"]),
                         ("iomux-explanation", 1, False))
        self.assertEqual([server["server"] for server in self.result["servers"]], ["epoll", "epoll --work busy:200us"])
        self.assertEqual(self.result["work"]["connections"], 4)
        self.assertIn("kernel", self.result["environment"])
        if self.result["no_hardware_counts"]:
            self.assertIn("Hardware counters: not measured: " + self.result["no_hardware_counts"],
                          " ".join(self.done.stderr.split()))
        else:
            self.assertRegex(" ".join(self.done.stderr.split()),
                             r"Hardware counters, per message: epoll: ([\d,.]+|unknown) cycles, .* branch misses; epoll --work")
        self.assertGreaterEqual(min(self.result["sessions"], self.result["sampled_sessions"]), 4)

    def test_shows_what_the_sampling_costs(self):
        for server in self.result["servers"]:
            cost = server["sampling_cost"]
            self.assertTrue(cost["low"] <= cost["share"] <= cost["high"], cost)
        self.assertRegex(" ".join(self.done.stderr.split()),
                         r"What the sampling costs, [^:]*: epoll: [+−]?[\d.]+ % \[[^]]*\]; epoll --work")

    def test_finds_planted_work_in_the_servers_own_code(self):
        own = next(part for part in self.result["parts"] if part["layer"] == "own code")
        # So few samples need not tell a part apart.
        self.assertGreater(own["difference"]["us"], 50)
        # Which one depends on the compiler, which puts some functions into others.
        self.assertRegex(own["functions"][0]["function"], "^iomux::(raw|server)::")

    def test_has_parts_that_add_up(self):
        for i, server in enumerate(self.result["servers"]):
            self.assertGreater(sum(part["us"][i] for part in self.result["parts"]), 0)
            self.assertGreater(server["samples"], 0)
            self.assertAlmostEqual(server["sampled_us"], server["samples"] / self.result["samples_per_second"] * 1e6
                                   / server["messages"], places=6)
        differences = sum(part["difference"]["us"] for part in self.result["parts"])
        self.assertAlmostEqual(differences, self.result["sampled_difference"]["us"], places=6)
        others = sum(part["difference"]["us"] for part in self.result["parts"] if not part["told_apart"])
        self.assertAlmostEqual(others, self.result["not_told_apart"]["us"], places=6)

    def test_has_stacks_that_add_up_to_the_parts(self):
        root, *others = self.result["stacks"]
        self.assertEqual((root["function"], root["caller"]), (None, None))
        for i in range(2):
            self.assertAlmostEqual(root["us"][i], sum(part["us"][i] for part in self.result["parts"]), places=6)
            calls = [0] * len(self.result["stacks"])
            for node in others:
                calls[node["caller"]] += node["us"][i]
            for node, of_calls in zip(self.result["stacks"], calls):
                self.assertLessEqual(of_calls, node["us"][i] + 1e-6)
        for place, node in enumerate(others, 1):
            self.assertLess(node["function"], len(self.result["functions"]))
            self.assertLess(node["caller"], place)

    def test_is_a_page_of_limited_size_that_has_the_stacks(self):
        self.assertLess(len(self.page.encode()), 1_500_000)
        embedded = re.search(r'<script type="application/json" id="results">(.*?)</script>', self.page, re.DOTALL)
        page = json.loads(embedded[1])
        self.assertEqual(len(page["stacks"]), len(self.result["stacks"]))
        self.assertIn(" ".join(page["summary"]), " ".join(self.done.stderr.split()))

    def test_is_three_sentences_and_a_table(self):
        text = " ".join(self.done.stderr.split())
        self.assertRegex(text, r"epoll --work busy:200us costs [\d.]+ µs more per message than epoll \[|"
                               r"epoll and epoll --work busy:200us are not told apart: ")
        self.assertRegex(text, r"No part is told apart\.|The largest parts?: [+−][\d.]+ µs in [a-z]")
        self.assertRegex(text, r"The \d+ parts? that (is|are) not told apart adds? up to [+−]?[\d.]+ \[")
        self.assertRegex(self.done.stderr, r"(?m)^part  +epoll µs/msg  +epoll --work busy:200us µs/msg  +difference  most in$")
        self.assertRegex(self.done.stderr, r"(?m)^sum  +[\d.]+  +[\d.]+ ")


class AProfile(unittest.TestCase):
    def test_of_one_server_has_the_share_of_each_part(self):
        done = explain("minimal", *QUICKLY)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^minimal takes [\d.]+ µs of CPU time per message \[")
        self.assertRegex(done.stdout, r"(?m)^part  +minimal µs/msg  +share  most in$")
        self.assertRegex(done.stdout, r"(?m)^[a-z' ]+(, [a-z]+)?  +[\d.]+  +[\d.]+ %  +\w")
        self.assertRegex(done.stdout, r"(?m)^sum  +[\d.]+  +100\.0 %$")

    @unittest.skipUnless(int(os.environ["IOMUX_LINE_TABLES"]), "this build has no tables of lines")
    def test_has_the_lines_of_our_sources(self):
        done = explain("callbacks", *QUICKLY, "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = {(line["file"], line["line"]): function["name"] for function in json.loads(done.stdout)["functions"]
                 for line in function["lines"]}
        for (file, line), function in lines.items():
            self.assertLessEqual(line, len((ROOT / file).read_text(encoding="utf-8").splitlines()), file)
        # Also the calls in functions that the compiler has put into those of the library.
        self.assertIn("asio/callbacks.cpp", {file for file, _ in lines})
        where = [file for (file, _), function in lines.items() if function == "iomux::server::serve"]
        self.assertEqual(set(where), {"src/server/serve.cpp"})

    @unittest.skipUnless(int(os.environ["IOMUX_LINE_TABLES"]), "this build has no tables of lines")
    @unittest.skipIf(os.environ["IOMUX_SANITIZE"], "the sanitizer makes the system calls instead")
    def test_has_the_lines_that_make_the_system_calls(self):
        # The C library's wrapper of a system call is another function in a process of several threads.
        for server, file in (("epoll", "raw/epoll.cpp"), ("blocking", "raw/blocking.cpp"),
                             ("epoll-exclusive", "raw/epoll_exclusive.cpp")):
            with self.subTest(server):
                done = explain(server, *QUICKLY, "--json", "-")
                self.assertEqual(done.returncode, 0, done.stderr)
                result = json.loads(done.stdout)
                code = (ROOT / file).read_text(encoding="utf-8").splitlines()
                us = {line["line"]: line["us"][0] for function in result["functions"] for line in function["lines"]
                      if line["file"] == file}
                sending = sum(value for line, value in us.items() if "::send(" in code[line - 1])
                total = sum(node["us"][0] for node in result["stacks"] if node["function"] is not None
                            and re.fullmatch("__(x64|arm64)_sys_sendto", result["functions"][node["function"]]["name"]))
                self.assertGreater(total, 0)
                self.assertGreater(sending, 0.9 * total, us)

    @unittest.skipIf(os.environ["IOMUX_SANITIZE"], "with a sanitizer it takes minutes to measure two servers of the user")
    def test_of_servers_of_the_user_leaves_a_running_one_running(self):
        brought = f"mine={RAW} epoll --service echo --port {{port}}"
        with Server(EPOLL, "--service", "echo") as server:
            attached = f"theirs={server.process.pid}@127.0.0.1:{server.port}"
            done = explain("--server", brought, "--attach", attached, *QUICKLY, "--warmup", "20ms", "--json", "-")
            self.assertTrue(server.is_listening())
        self.assertEqual(done.returncode, 0, done.stderr)
        servers = json.loads(done.stdout)["servers"]
        self.assertEqual([(server["server"], server["program"]) for server in servers], [("mine", ""), ("theirs", "")])
        self.assertGreater(min(server["samples"] for server in servers), 0)

    def test_that_is_interrupted_prints_what_is_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "explanation.json"
            with subprocess.Popen((COMPARE, "explain", "minimal", "--json", str(file)), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as process:
                wait_until(lambda: has_load(process) or process.poll() is not None, "the load generator runs")
                process.send_signal(signal.SIGINT)
                text, errors = process.communicate(timeout=PATIENCE)
            skip_if_refused(process.returncode, errors)
            self.assertEqual(process.returncode, 130, errors)
            self.assertRegex(text, r"(?m)^Interrupted(\. These are the results so far| before the first result)\.$")
            self.assertTrue(json.loads(file.read_text(encoding="utf-8"))["partial"])


class AnExplanationOfEqualServers(unittest.TestCase):
    def test_takes_sessions_of_both_kinds_in_turns(self):
        done = explain("epoll", "epoll", *QUICKLY, "--events", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        steps = [event["step"] for line in done.stdout.splitlines() if "step" in (event := json.loads(line))]
        sessions = [step.endswith("with sampling") for step in steps if step.startswith("session ")]
        # Sampled from the start, and compared until the end, or nearly so.
        self.assertIn(True, sessions[:3], steps)
        self.assertIn(False, sessions[-6:], steps)
        self.assertGreaterEqual(min(sessions.count(kind) for kind in (True, False)), 4, steps)

    def test_names_the_second_one_again(self):
        done = explain("epoll", "epoll", *QUICKLY, "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        servers = json.loads(done.stdout)["servers"]
        self.assertEqual([(server["server"], server["name"]) for server in servers],
                         [("epoll", "epoll"), ("epoll (again)", "epoll")])
        self.assertGreater(min(server["samples"] for server in servers), 0)
        self.assertRegex(done.stderr, r"(?m)^part  +epoll µs/msg  +epoll \(again\) µs/msg  +difference  most in$")


class AnExplanationOfAll(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "all.html"
            # minimal has no framing, so epoll is the baseline.
            cls.done = explain("--all", "--servers", "minimal,epoll,poll --work busy:200us,callbacks", "--framing", "line",
                               *QUICKLY, "--json", "-", "--html", str(page))
            if cls.done.returncode == 0:
                cls.result = json.loads(cls.done.stdout)
                cls.page = page.read_text(encoding="utf-8")

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.by_name = {server["server"]: server for server in self.result["servers"]}

    def test_matches_its_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no jsonschema (python3-jsonschema)")
        jsonschema.validate(self.result, json.loads(SCHEMA.read_text(encoding="utf-8")))

    def test_is_beside_the_baseline(self):
        self.assertEqual(self.result["baseline"], "epoll")
        self.assertEqual(list(self.by_name), ["minimal", "epoll", "poll --work busy:200us", "callbacks"])
        self.assertIn("framing", self.by_name["minimal"]["skipped"])
        self.assertIsNone(self.by_name["epoll"]["beside_baseline"])
        beside = self.by_name["poll --work busy:200us"]["beside_baseline"]
        self.assertGreater(beside["ratio"]["value"], 2)
        own = next(part for part in beside["parts"] if part["layer"] == "own code")
        self.assertGreater(own["difference"]["us"], 50)
        self.assertAlmostEqual(sum(part["difference"]["us"] for part in beside["parts"]),
                               beside["sampled_difference"]["us"], places=6)

    def test_is_a_table_with_a_row_for_each_server(self):
        self.assertRegex(self.done.stderr, r"(?m)^server  +CPU µs/msg  +ratio  +adds µs  in$")
        self.assertRegex(self.done.stderr, r"(?m)^minimal  +skipped: ")
        self.assertRegex(self.done.stderr, r"(?m)^epoll  +[\d.]+  +1$")
        self.assertRegex(self.done.stderr, r"(?m)^poll --work busy:200us  +[\d.]+  +[\d.]+ \[[\d.]+–[\d.]+\]( \?)?  +[+−]?[\d.]+  [a-z\d]")

    def test_goes_on_without_a_server_that_fails(self):
        done = explain("--all", "--servers", "minimal,epoll", "--server", "mine=exec false {port}", *QUICKLY, "--json", "-")
        self.assertEqual(done.returncode, 1, done.stderr)
        minimal, epoll, mine = json.loads(done.stdout)["servers"]
        self.assertTrue(mine["failed"])
        self.assertIsNone(mine["beside_baseline"])
        self.assertTrue(epoll["beside_baseline"]["parts"])
        self.assertGreater(minimal["samples"], 0)
        self.assertRegex(done.stderr, r"(?m)^mine  +failed: ")

    def test_is_a_page_with_the_parts_of_each(self):
        self.assertLess(len(self.page.encode()), 1_500_000)
        embedded = re.search(r'<script type="application/json" id="results">(.*?)</script>', self.page, re.DOTALL)
        servers = json.loads(embedded[1])["servers"]
        self.assertEqual([bool(server.get("beside_baseline")) for server in servers], [False, False, True, True])


class TheExplainCommand(unittest.TestCase):
    def assert_refused(self, *words, saying, status=2):
        done = run(COMPARE, "explain", *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(saying, done.stderr)

    def test_needs_one_server_or_two(self):
        self.assert_refused(saying="no server is given; name one or two, such as: explain epoll callbacks")
        self.assert_refused("epoll", "poll", "select", saying="3 servers are given; name one or two, or use --all with --servers")
        self.assert_refused("epoll", "poll", "--server", "mine=true {port}", saying="3 servers are given; name one or two")

    def test_with_all_takes_servers_by_option_only(self):
        self.assert_refused("--all", "epoll", "poll", saying="--all takes no names; choose the servers with --servers: "
                                                             "explain --all --servers epoll,poll")
        self.assert_refused("--all", "--servers", "epoll", saying="--all needs two servers or more")
        self.assert_refused("--all", "--servers", "epoll,poll", "--baseline", "select", saying="--baseline select: ")
        self.assert_refused("epoll", "--servers", "poll", saying="--servers needs --all")
        self.assert_refused("epoll", "poll", "--baseline", "poll", saying="--baseline needs --all")

    def test_refuses_unknown_names_and_values(self):
        self.assert_refused("epolll", saying='no server named "epolll"; did you mean "epoll"?')
        self.assert_refused("epoll", "--budget", "0.5", saying="--budget must be from 1s to 60m")
        self.assert_refused("epoll", "--slice", "2s", saying="--slice must be from 5ms to 1s")
        self.assert_refused("epoll", "--rounds", "5", saying="--rounds")

    def test_says_what_a_server_does_not_support(self):
        self.assert_refused("minimal", "--framing", "line", saying="minimal cannot be explained: ", status=1)

    def test_says_what_to_set_without_permission(self):
        if os.geteuid() != 0:
            self.skipTest("only root can take permissions away")
        paranoia = Path("/proc/sys/kernel/perf_event_paranoid")
        if not paranoia.exists() or int(paranoia.read_text()) < 1:
            self.skipTest("this system permits sampling to everyone")
        if shutil.which("setpriv") is None:
            self.skipTest("there is no setpriv (util-linux)")
        no_capabilities = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs")
        no_root = (*no_capabilities, "--reuid", "65534", "--regid", "65534", "--clear-groups")
        for unprivileged, way in ((no_capabilities, "root has no CAP_PERFMON here: give it to this program, such as by "
                                                    "docker run --cap-add PERFMON, or set "),
                                  (no_root, "run as root, or set ")):
            with self.subTest(unprivileged):
                if run(*unprivileged, COMPARE, "--version").returncode != 0:
                    self.skipTest("this user may not run the program")
                done = run(*unprivileged, COMPARE, "explain", "epoll")
                if "built without libdw" in done.stderr or "the kernel needs CONFIG_PERF_EVENTS" in done.stderr:
                    self.skipTest(done.stderr)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                refusals = [line for line in done.stderr.splitlines() if ": warning: " not in line]
                self.assertEqual(len(refusals), 1, done.stderr)
                self.assertRegex(refusals[0], r"\Aiomux-compare: cannot sample the servers \(perf_event_open\): (Permission "
                                              rf"denied|Operation not permitted): {way}kernel\.perf_event_paranoid=0 and "
                                              r"kernel\.kptr_restrict=0 \(sysctl; they are \d and (\d|unknown)\)\Z")


if __name__ == "__main__":
    unittest.main()
