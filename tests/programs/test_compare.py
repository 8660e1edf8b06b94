import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from comparisons import COMPARE, SHORT, compare
from programs import ASIO, PATIENCE, RAW, run


def without_machine_check(errors):
    """The output without the warning that a test machine may cause."""
    return re.sub(r"(?m)^iomux-compare: warning: results are less certain, because .+\.\n", "", errors)


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done, cls.servers = compare("--servers", "minimal,epoll")

    def test_of_two_servers_succeeds(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_writes_both_to_its_json(self):
        self.assertEqual(set(self.servers), {"minimal", "epoll"})

    def test_measures_messages(self):
        for server in self.servers.values():
            self.assertGreater(server["medians"]["messages_per_second"], 0)

    def test_divides_by_minimal(self):
        self.assertEqual(self.servers["minimal"]["medians"]["ratio"]["value"], 1)

    def test_prints_a_row_for_each(self):
        for name in self.servers:
            self.assertRegex(self.done.stdout, rf"(?m)^ *{name} ")

    def test_prints_no_progress_into_a_pipe(self):
        self.assertNotIn("\r", self.done.stdout + self.done.stderr)


class ABusyMachine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.json = os.path.join(cls.folder, "results.json")
        with contextlib.ExitStack() as spinning:
            for core in os.sched_getaffinity(0):
                spin = f"import os; os.sched_setaffinity(0, [{core}]); print(flush=True)\nwhile True: pass"
                process = spinning.enter_context(subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE))
                spinning.callback(process.kill)
                process.stdout.readline()
            cls.done = run(COMPARE, *SHORT, "--servers", "minimal", "--json", cls.json)
        with open(cls.json, encoding="utf-8") as file:
            cls.check = json.load(file)["environment"]["machine_check"]

    def test_is_measured_with_a_warning_in_one_line(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertRegex(self.done.stderr, r"\Aiomux-compare: warning: results are less certain, because other processes "
                         r"used \d+ % of the measured cores.*\.\n\Z")

    def test_is_in_the_results(self):
        self.assertGreater(self.check["busy_share"], 0.1)
        self.assertEqual(self.check["cores"], sorted({min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))}))
        self.assertRegex(self.check["doubts"][0], r"\Aother processes used \d+ % of the measured cores\Z")

    def test_is_in_the_reports(self):
        page = os.path.join(self.folder, "results.html")
        report = run(COMPARE, "report", self.json, "--html", page).stdout
        self.assertEqual(" ".join(report.rpartition("\n\n")[2].split()),
                         f"Warning: results are less certain, because {'; '.join(self.check['doubts'])}.")
        with open(page, encoding="utf-8") as file:
            self.assertIn(self.check["doubts"][0], file.read())


class Events(unittest.TestCase):
    def test_report_each_round_as_it_runs_and_end_with_the_results(self):
        done = run(COMPARE, *SHORT, "--servers", "minimal,epoll", "--events", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = [event["event"] for event in events if event["event"] != "sample"]
        # System calls are counted before the rounds.
        self.assertEqual(kinds, ["started", *["step", "counted"] * 2, *["step", "round", "measured"] * 2, "finished"])
        self.assertIn("sample", {event["event"] for event in events})
        self.assertEqual(events[-1]["results"]["format"], "iomux-results")
        measured = {event["server"]: event for event in events if event["event"] == "measured"}
        self.assertEqual(set(measured), {"minimal", "epoll"})
        self.assertGreater(measured["epoll"]["cpu_us_per_message"], 0)
        counted = {event["server"]: event for event in events if event["event"] == "counted"}
        for one in events[-1]["results"]["scenarios"][0]["points"][0]["servers"]:
            told, kept = counted[one["title"]], one["system_calls"]
            self.assertEqual(told["system_calls"], kept and kept["per_message"])
            self.assertEqual(told["system_calls_unknown"], one["system_calls_unknown"])


class EventsOfAScenario(unittest.TestCase):
    def test_say_which_point_they_are_about_while_the_points_take_turns(self):
        done = run(COMPARE, "run", "depth", "--quick", "--sessions", "2", "--servers", "minimal,epoll", "--events", "-",
                   timeout=3 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        scenario, = events[-1]["results"]["scenarios"]
        if any(point["why_windows"] for point in scenario["points"]):
            self.skipTest("measured in windows: " + str([point["why_windows"] for point in scenario["points"]]))
        self.assertEqual(events[0]["scenario"], {
            "name": "depth", "question": scenario["question"],
            "points": [{"label": point["label"], "at": point["at"], "skipped": []} for point in scenario["points"]]})
        turns, point = [], None
        for event in events:
            point = event.get("point", point)
            if event["event"] == "session":
                turns.append((point, event["session"]))
                last = scenario["points"][point - 1]
                if event["session"] == 2:
                    self.assertEqual(event["verdict"], last["verdict"])
        self.assertEqual(turns, [(1, 1), (2, 1), (1, 2), (2, 2)])


class EventsOfSessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = run(COMPARE, "--sessions", "3", "--connections", "4", "--idle-memory", "0", "--servers", "minimal,epoll",
                   "--events", "-")
        assert done.returncode == 0, done.stderr
        cls.events = [json.loads(line) for line in done.stdout.splitlines()]
        cls.point = cls.events[-1]["results"]["scenarios"][0]["points"][0]
        if cls.point["why_windows"]:
            raise unittest.SkipTest(cls.point["why_windows"])
        cls.sessions = [event for event in cls.events if event["event"] == "session"]

    def test_report_each_session_after_its_slices(self):
        kinds = [event["event"] for event in self.events]
        self.assertEqual(kinds[:6], ["started", *["step", "counted"] * 2, "step"])
        kinds = [kind for kind, before in zip(kinds[6:], kinds[5:]) if kind != "slices" or before != "slices"]
        self.assertEqual(kinds, [*["step", "slices", "session"] * 3, "finished"])
        self.assertIs(self.events[0]["in_sessions"], True)

    def test_have_the_slices_of_all_servers_up_to_the_end_of_the_session(self):
        slices = [event for event in self.events if event["event"] == "slices"]
        self.assertEqual([one["sessions"] for one in slices], sorted({one["sessions"] for one in slices}))
        self.assertLessEqual({1, 2, 3}, {one["sessions"] for one in slices})
        for one in slices:
            self.assertEqual(sorted(server["server"] for server in one["servers"]), ["epoll", "minimal"])

    def test_have_the_ratios_of_the_results_after_the_last_session(self):
        last = {one["server"]: one for one in self.sessions[-1]["servers"]}
        self.assertEqual(self.sessions[-1]["baseline"], "minimal")
        for server in self.point["servers"]:
            told, medians = last[server["title"]], server["medians"]
            self.assertEqual(told["cpu_us_per_message"], medians["cpu_us_per_message"])
            self.assertEqual(told["ratio"], {name: medians["ratio"][name] for name in told["ratio"]})
            self.assertIsNone(told["failed"])
            self.assertEqual(told["latest"]["p50_us"], server["rounds"][-1]["load"]["latency_us"]["p50"])

    def test_have_intervals_from_the_second_session_on(self):
        lows = [one["ratio"]["low"] for event in self.sessions for one in event["servers"] if one["server"] == "epoll"]
        self.assertIsNone(lows[0])
        self.assertNotIn(None, lows[1:])


class SelectedServers(unittest.TestCase):
    def test_have_full_names_and_options(self):
        done, servers = compare("--servers", "raw/epoll,epoll --log-level error,asio/callbacks")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(servers), ["epoll", "epoll --log-level error", "callbacks"])
        self.assertEqual([one["program"] for one in servers.values()], ["raw", "raw", "asio"])

    def test_of_several_threads_are_measured_on_the_cores_that_are_given(self):
        done, servers = compare("--servers", "epoll --threads 2", "--server-cores", "all")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(servers["epoll --threads 2"]["medians"]["messages_per_second"], 0)

    def test_are_refused_if_unknown(self):
        self.assertEqual(run(COMPARE, "--servers", "telepathy").returncode, 2)

    def test_are_named_as_in_the_readme(self):
        readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
        names = re.findall(r"^\| `([^`]+)` \| (?:blocking|polling|readiness|completion) \|", readme, re.MULTILINE)
        self.assertGreater(len(names), 10)
        # The servers are found before the baseline is refused.
        done = run(COMPARE, "--servers", ",".join(names), "--baseline", "telepathy")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"--baseline telepathy: not one of {', '.join(names)}", done.stderr)

    def test_are_refused_with_cores_that_do_not_exist(self):
        self.assertEqual(run(COMPARE, "--server-cores", "4711").returncode, 2)


class IdleMemory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done, cls.servers = compare("--servers", "epoll,select", "--idle-memory", "1200")

    def test_is_measured_over_the_requested_number_of_connections(self):
        self.assertEqual(self.servers["epoll"]["idle_connection"]["connections"], 1200, self.done)

    def test_is_measured_over_fewer_connections_if_there_is_a_ceiling(self):
        self.assertLess(self.servers["select"]["idle_connection"]["connections"], 1024)
        self.assertRegex(self.done.stdout, r"select: measured with [\d,]+ connections, its maximum\.")

    def test_of_one_thread_has_no_kernel_stacks(self):
        self.assertEqual(self.servers["epoll"]["idle_connection"]["kernel_stack_bytes"], 0)


class OwnCounters(unittest.TestCase):
    """The counters of a loop, of threads, and of Asio, which waits itself."""

    @classmethod
    def setUpClass(cls):
        cls.done, cls.servers = compare("--servers", "epoll,blocking,callbacks", "--framing", "line")

    def rounds(self):
        return [(title, server["rounds"][0]) for title, server in self.servers.items()]

    def test_are_in_every_round(self):
        self.assertEqual([title for title, one in self.rounds() if one["server_counters"]],
                         ["epoll", "blocking", "callbacks"], self.done)

    def test_agree_with_what_the_load_has_sent(self):
        for title, one in self.rounds():
            sent = one["load"]["bytes_sent_in_all"]
            self.assertEqual(one["server_counters"]["bytes_received"], sent, title)
            self.assertEqual(one["server_counters"]["messages"] * 65, sent, f"{title}: 64 bytes and a line feed each")
        self.assertNotIn("by its own counters", self.done.stdout)

    def test_count_the_events_per_wait(self):
        # A wait that a signal interrupts reports no event.
        self.assertGreater(self.servers["epoll"]["medians"]["events_per_wait"], 0.9)
        self.assertIsNone(self.servers["blocking"]["medians"]["events_per_wait"], "it waits for one client at a time")


# A fake server program, to test how a comparison treats its output and behaviour. `few` answers only its first two
# clients, `limited` disconnects clients above its limit, `closing` those above 3, `threads` has a thread for each client, and
# `starting` holds one more descriptor until it has used 0.05 s of CPU time.
FAKE = '''#!/usr/bin/env python3
import json, socket, sys, threading, time

if "--list" in sys.argv:
    with open(sys.argv[0] + ".asked", "a") as asked:
        asked.write("once\\n")

    def server(name, **more):
        usual = {"summary": name, "guarded": True, "datagrams": False, "descriptor_ceiling": 0, "usual_max_connections": 0,
                 "usual_threads": 1, "options": [], "unavailable": None}
        return {"name": name, **usual, **more}
    print(json.dumps([server("well"), server("few"), server("starting"), server("closing"), server("limited", usual_max_connections=2),
                      server("threads", usual_threads=None), server("absent", unavailable="the kernel forbids it")]))
    sys.exit()

if "--check" in sys.argv:
    sys.exit()

name = sys.argv[1]
limits = {"closing": 3,
          "limited": int(sys.argv[sys.argv.index("--max-connections") + 1]) if "--max-connections" in sys.argv else 2}


def echo(client):
    while received := client.recv(65536):
        client.sendall(received)
    client.close()

listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
if name == "starting":
    with open(__file__):
        begin = time.process_time()
        while time.process_time() < begin + 0.05:
            pass
clients = []
while True:
    client, _ = listener.accept()
    if len(clients) == limits.get(name):
        client.close()
        continue
    clients.append(client)
    if name != "few" or len(clients) <= 2:
        threading.Thread(target=echo, args=(client,), daemon=True).start()
'''


class FakeServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = os.path.join(cls.folder.name, "iomux-compare")
        # It searches its own folder for the other programs first. A link would be resolved.
        shutil.copy(COMPARE, cls.program)
        load = os.path.join(os.path.dirname(COMPARE), "..", "load", "iomux-load")
        os.symlink(os.path.realpath(load), os.path.join(cls.folder.name, "iomux-load"))
        fake = os.path.join(cls.folder.name, "iomux-raw")
        with open(fake, "w", encoding="ascii") as script:
            script.write(FAKE)
        os.chmod(fake, 0o700)

    def compare(self, *options):
        return compare(*options, program=self.program)

    def test_that_leave_clients_waiting_are_measured_by_the_others(self):
        done, servers = self.compare("--servers", "well,few")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(servers["few"]["medians"]["starved"], 2)
        self.assertGreater(servers["few"]["medians"]["messages_per_second"], 0)
        self.assertRegex(done.stdout, r"(?m)^few .* 2$")
        self.assertRegex(done.stdout, r"(?m)^well .* -$")
        self.assertIn("starved: how many of the 4 clients were never answered, in the round with the most", done.stdout)

    def test_that_close_clients_have_failed(self):
        done, servers = self.compare("--servers", "well,closing")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(servers["closing"]["failed"],
                         r"load: connection 3 to [\d.:]+: (the server closed the connection|Connection reset by peer)")

    def test_with_a_limit_below_the_number_of_clients_are_skipped(self):
        done, servers = self.compare("--servers", "well,limited --max-connections 3")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(servers["limited --max-connections 3"]["skipped"],
                         "serves at most 3 connections (--max-connections), and the load has 4")

    def test_with_a_default_limit_get_the_number_of_clients(self):
        done, servers = self.compare("--servers", "limited")
        self.assertEqual(done.returncode, 0, done)
        self.assertIsNone(servers["limited"]["failed"])

    def test_with_a_thread_for_each_client_have_kernel_stacks(self):
        done, servers = self.compare("--servers", "threads", "--idle-memory", "50", "--legend")
        self.assertGreaterEqual(servers["threads"]["idle_connection"]["kernel_stack_bytes"], 4096, done)
        self.assertRegex(done.stdout, r"Not in KiB/conn: the kernel stacks of the threads, per connection: threads \d+\.\d\d\.")

    def test_that_close_a_descriptor_after_their_start_have_a_size_of_idle_connections(self):
        done, servers = self.compare("--servers", "starting", "--idle-memory", "20")
        self.assertIsNone(servers["starting"]["idle_connection_unknown"], done)
        self.assertEqual(servers["starting"]["idle_connection"]["connections"], 20)

    def test_that_do_not_run_here_are_skipped(self):
        done, servers = self.compare("--servers", "well,absent")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(servers["absent"]["skipped"], "the kernel forbids it")
        self.assertRegex(done.stdout, r"(?m)^absent +skipped: the kernel forbids it$")

    def test_are_asked_for_once_however_many_scenarios_there_are(self):
        asked = os.path.join(self.folder.name, "iomux-raw.asked")
        with contextlib.suppress(FileNotFoundError):
            os.remove(asked)
        done = run(self.program, "run", "churn", "throughput", "--quick", "--rounds", "1", "--seconds", "0.3",
                   "--servers", "well")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(asked, encoding="ascii") as lines:
            self.assertEqual(lines.read(), "once\n")

    def test_that_all_do_not_run_here_are_a_failure(self):
        done, _ = self.compare("--servers", "absent")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^absent +skipped: the kernel forbids it$")
        self.assertIn("every server was skipped", done.stderr)

    def test_of_a_program_that_is_not_built_are_skipped(self):
        done, servers = self.compare("--servers", "well,asio-select/callbacks,asio-io_uring/callbacks")
        self.assertEqual(done.returncode, 0, done)
        for program in ("asio-select", "asio-io_uring"):
            self.assertEqual(servers[program + "/callbacks"]["skipped"], f"iomux-{program} is not built here")


    def test_of_missing_programs_are_reported_and_the_others_measured(self):
        done, servers = self.compare()
        self.assertEqual(done.returncode, 1)
        self.assertIsNotNone(servers["well"]["medians"], done)
        # The other two are optional, or only compared if they are named.
        self.assertRegex(without_machine_check(done.stderr),
                         r"\Aiomux-compare: warning: cannot find iomux-asio \(tried .*\); build it first\n\Z")

    def test_of_missing_programs_are_reported_once_for_all_scenarios(self):
        done = run(self.program, "run", "fairness", "udp", "--rounds", "1", "--seconds", "0.3")
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(done.stderr.count("cannot find iomux-asio "), 1, done)


class MissingPrograms(unittest.TestCase):
    def test_are_all_in_the_error_if_no_server_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = os.path.join(folder, "iomux-compare")
            shutil.copy(COMPARE, alone)
            for options in (), ("--servers", "epoll"):
                done = run(alone, *options)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, r"\Aiomux-compare: no server to compare: cannot find iomux-raw \(tried [^;]*\); "
                                 r"build it first; cannot find iomux-asio \(tried [^;]*\); build it first")

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def place(self, program, name):
        shutil.copy(program, os.path.join(self.folder, name))

    def failure(self, *options):
        """The only line of a comparison with the programs in the folder, without the name of the program."""
        done = run(os.path.join(self.folder, "iomux-compare"), *options)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertRegex(done.stderr, r"\Aiomux-compare: [^\n]*\n\Z")
        return done.stderr.removeprefix("iomux-compare: ").removesuffix("\n")

    def test_are_named_if_another_program_is_there(self):
        self.place(COMPARE, "iomux-compare")
        self.place(ASIO, "iomux-asio")
        self.assertRegex(self.failure("--servers", "epoll"),
                         rf"\Acannot find iomux-raw \(tried {self.folder}/iomux-raw, .*\); build it first; no server named "
                         "\"epoll\"")

    def test_that_make_the_load_are_named_before_anything_is_measured(self):
        self.place(COMPARE, "iomux-compare")
        self.place(RAW, "iomux-raw")
        for command in ("--servers", "epoll"), ("run", "churn", "--servers", "epoll"), ("claims",):
            with self.subTest(command):
                self.assertRegex(self.failure(*command),
                                 rf"\Acannot find iomux-load \(tried {self.folder}/iomux-load, .*\); build it first\Z")

    @unittest.skipUnless(os.environ.get("IOMUX_SERVE"), "iomux-serve was not built")
    def test_are_named_by_the_service_before_it_listens(self):
        self.place(os.environ["IOMUX_SERVE"], "iomux-serve")
        serve = os.path.join(self.folder, "iomux-serve"), "--port", "0", "--results", os.devnull + "/none"
        done = run(*serve)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertRegex(done.stderr, rf"\Aiomux-serve: cannot find iomux-compare \(tried {self.folder}/iomux-compare, .*\); "
                                      r"build it first\n\Z")
        self.place(COMPARE, "iomux-compare")
        self.place(RAW, "iomux-raw")
        self.assertRegex(run(*serve).stderr, rf"\Aiomux-serve: warning: cannot find iomux-load \(tried {self.folder}/iomux-load, "
                                             r".*\); build it first\n")

    def test_that_must_not_be_executed_are_named_with_the_reason(self):
        self.place(COMPARE, "iomux-compare")
        self.place(RAW, "iomux-raw")
        os.chmod(os.path.join(self.folder, "iomux-raw"), 0o600)
        self.assertRegex(self.failure("--servers", "epoll"),
                         rf"\Ano server to compare: cannot run {self.folder}/iomux-raw: Permission denied; build it again; ")

    def test_that_do_not_list_their_servers_are_named_with_the_reason(self):
        self.place(COMPARE, "iomux-compare")
        Path(self.folder, "iomux-raw").write_text("#!/bin/sh\necho no such library >&2; exit 127\n", encoding="ascii")
        os.chmod(os.path.join(self.folder, "iomux-raw"), 0o700)
        self.assertRegex(self.failure("--servers", "epoll"),
                         rf"\Ano server to compare: cannot list the servers of {self.folder}/iomux-raw: exit 127: no such "
                         "library; ")

    @unittest.skipIf(os.environ.get("IOMUX_SANITIZE"), "the sanitizers need /proc")
    def test_are_not_searched_without_proc(self):
        hidden = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$0" "$@"')
        if run(*hidden, "true").returncode != 0:
            self.skipTest("this user cannot mount anything")
        for options in ((), ("--servers", "epoll"), ("run", "churn"), ("trace",), ("selfcheck",),
                        ("--attach", "mine=1@127.0.0.1:80")):
            with self.subTest(options):
                done = run(*hidden, COMPARE, *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, r"\Aiomux-compare: [^\n]*cannot read the CPU time of processes, because /proc "
                                 r"does not show them; mount it first: mount -t proc proc /proc[^\n]*\n\Z")
                self.assertEqual(done.stderr.count("mount it first"), 1, "each reason once")


class OptionsOfServers(unittest.TestCase):
    """Those that the comparison passes on."""

    def test_are_refused_in_one_line_before_anything_starts(self):
        for options, saying in ((("--servers", "minimal,epoll --max-connections x"),
                                 '--servers "epoll --max-connections x": --max-connections x: expected a whole number'),
                                (("--servers", "epoll --threads 0"), "--threads 0: expected a whole number from 1 to 1024"),
                                (("--servers", "asio/callbacks --idle-timeout soon"), "--idle-timeout soon: expected a time"),
                                (("--servers", "epoll --high-water 1 --low-water 2"), "--low-water 2 must be below"),
                                (("--servers", "epoll --telepathy"), "unknown option --telepathy"),
                                (("--servers", "poll --ring-entries 8"), "--ring-entries does not apply to poll"),
                                (("--servers", "minimal --max-connections 8"), "--max-connections does not apply to minimal"),
                                (("--work", "busy:50"), "--work busy:50: expected")):
            for command in ((), ("run", "churn"), ("trace",)):
                if command and "--work" in options:
                    continue
                with self.subTest(options, command=command):
                    done = run(COMPARE, *command, *options)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                    self.assertRegex(done.stderr, r"\Aiomux-compare: [^\n]*\n\Z")
                    self.assertIn(saying, done.stderr)
                    self.assertEqual(done.stderr.count("--help)"), 1, done.stderr)


class Limits(unittest.TestCase):
    def test_do_not_keep_a_thread_from_serving_each_of_thousands_of_idle_connections(self):
        done = run(COMPARE, *SHORT, "--servers", "minimal,blocking", "--idle", "4200", timeout=5 * PATIENCE)
        self.assertEqual(done.returncode, 0, done)
        for server in "minimal", "blocking":
            self.assertRegex(done.stdout, rf"(?m)^ *{server} +\d")

    def test_on_descriptors_are_stated_before_anything_is_measured(self):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))

        for options, saying in ((("--connections", "150"), "901 connections (see --idle-memory) need 965 descriptors"),
                                (("--connections", "150", "--idle-memory", "0"), "150 connections need 214 descriptors"),
                                (("--idle", "150", "--connections", "1", "--idle-memory", "0"), "151 connections need 215 "),
                                (("run", "churn", "memory", "--quick"), "501 connections (see --idle-memory)")):
            with self.subTest(options):
                done = run(COMPARE, *options, preexec_fn=lower)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done)
                self.assertRegex(done.stderr, r"\Aiomux-compare: [^\n]*, but the limit is 200; raise it \(ulimit -n\)\n\Z")
                self.assertIn(saying, done.stderr)

    def test_on_descriptors_skip_the_points_of_a_scenario_that_exceed_them(self):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (1100, 1100))

        done = run(COMPARE, "run", "idle", "--quick", "--rounds", "1", "--seconds", "0.3", "--servers", "minimal,epoll,poll",
                   "--json", "-", preexec_fn=lower)
        self.assertEqual(done.returncode, 0, done.stderr)
        results = json.loads(done.stdout)
        for point in results["scenarios"][0]["points"]:
            why = "10,010 connections need 10,074 descriptors, but the limit is 1,100; raise it (ulimit -n)"
            for server in point["servers"]:
                self.assertEqual(server["skipped"], why if point["label"] == "10,000 idle" else None)
        questions = [answer["question"] for answer in results["brief"]]
        self.assertIn("Cheapest for 900 idle connections and 10 busy ones, the most that were measured", questions)

    def test_on_ports_are_stated_before_anything_is_measured(self):
        few_ports = ("unshare", "--net", "sh", "-c",
                     'echo 20000 20199 > /proc/sys/net/ipv4/ip_local_port_range && exec "$0" "$@"')
        if run(*few_ports, "true").returncode != 0:
            self.skipTest("this user cannot have a network namespace of its own")
        for options in ("--connections", "201", "--idle-memory", "0"), ("--idle", "199", "--connections", "2", "--idle-memory", "0"):
            done = run(*few_ports, COMPARE, *options)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", "iomux-compare: 201 connections need a port each, but there are 200; widen their range "
                                     "(sysctl net.ipv4.ip_local_port_range), or use --unix\n"))

    @unittest.skipIf(os.getuid() != 0, "this user cannot become another one, whose threads are limited")
    def test_on_threads_are_the_reason_to_skip_a_server_with_a_thread_for_each_connection(self):
        unused_id = 47_110

        def become_another_user_with_few_threads():
            resource.setrlimit(resource.RLIMIT_NPROC, (40, 40))
            os.setresgid(unused_id, unused_id, unused_id)
            os.setresuid(unused_id, unused_id, unused_id)

        if run("test", "-x", COMPARE, preexec_fn=become_another_user_with_few_threads).returncode != 0:
            self.skipTest("another user may not run the programs")
        done = run(COMPARE, *SHORT, "--idle", "60", "--servers", "minimal,blocking", cwd="/",
                   preexec_fn=become_another_user_with_few_threads)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"(?m)^ *minimal +\d")
        self.assertRegex(" ".join(done.stdout.split()),
                         r"blocking skipped: needs 64 threads, but only \d+ more can be started \(ulimit -u\)")


class UnixSockets(unittest.TestCase):
    def test_are_listened_on_by_servers_of_every_program(self):
        with tempfile.TemporaryDirectory() as folder:
            with unittest.mock.patch.dict(os.environ, TMPDIR=folder):
                done, servers = compare("--unix", "--size", "uniform:16B-1KiB", "--servers", "minimal,callbacks",
                                        "--server", "mine=serve {port}", "--idle-memory", "50")
                self.assertEqual(os.listdir(folder), [])
        self.assertEqual(done.returncode, 0, done)
        for name in "minimal", "callbacks":
            self.assertGreater(servers[name]["medians"]["messages_per_second"], 0, done)
            self.assertIsNone(servers[name]["idle_connection_unknown"])
            self.assertEqual(servers[name]["idle_connection"]["connections"], 50)
        self.assertRegex(done.stdout, r"(?m)^mine +skipped: has no \{unix\} in its command$")
        self.assertIn("connections to a Unix socket × 16 to 1,024 bytes (uniform, mean 520)", done.stdout)


class LoadThreads(unittest.TestCase):
    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "there is one core")
    def test_that_must_share_cores_are_reported(self):
        many = min(len(os.sched_getaffinity(0)), 64)
        done, servers = compare("--servers", "minimal", "--connections", str(many), "--load-threads", str(many))
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(servers["minimal"]["rounds"][0]["load"]["threads"], many)
        self.assertRegex(done.stderr, rf"warning: the load generator's {many} threads share \d+ cores?, because there are no others")

    def test_are_refused_if_they_make_no_sense(self):
        for options in ("--churn",), ("--connections", "1"):
            self.assertEqual(run(COMPARE, "--load-threads", "2", *options).returncode, 2)


class FailedComparison(unittest.TestCase):
    def test_with_a_server_that_dies_shows_the_others_and_fails(self):
        done = run(COMPARE, *SHORT, "--servers", "epoll", "--server", "dead=false {port}")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^ *epoll +\d")
        self.assertRegex(done.stdout, r"(?m)^ *dead ")
