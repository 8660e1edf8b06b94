"""The commands of iomux-compare: run, list, report, diff and selfcheck."""

import copy
import csv
import json
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree

from programs import PATIENCE, run

COMPARE = os.environ["IOMUX_COMPARE"]
SCHEMA = os.path.join(os.path.dirname(__file__), "../../src/compare/results/results.schema.json")
VERSION_1 = os.path.join(os.path.dirname(__file__), "../compare/results/version_1.json")
# So long that a server with a single connection answers in every round, even if other processes delay it.
SHORT = ("--seconds", "1", "--rounds", "2")


class Results(unittest.TestCase):
    """One run of two scenarios, and all output from its results."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.json = cls.path("results.json")
        cls.done = run(COMPARE, "run", "throughput", "memory", "--quick", *SHORT, "--servers", "minimal,epoll",
                       "--seed", "7", "--json", cls.json)
        with open(cls.json, encoding="utf-8") as file:
            cls.results = json.load(file)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    def written(self, name, results):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(results, file)
        return self.path(name)

    def test_of_a_run_are_a_table_for_each_scenario(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertIn("throughput: How does the CPU cost per message change", self.done.stdout)
        self.assertIn("memory: How much memory", self.done.stdout)
        self.assertRegex(self.done.stdout, r"CPU µs/msg +1 connection +10 connections +100 connections\n")

    def test_name_their_format(self):
        self.assertEqual((self.results["format"], self.results["version"]), ("iomux-results", 2))
        self.assertEqual(self.results["options"]["seed"], 7)
        self.assertEqual([one["name"] for one in self.results["scenarios"]], ["throughput", "memory"])

    def test_match_their_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no jsonschema (python3-jsonschema)")
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(self.results, schema)
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate({**self.results, "version": 3}, schema)
        for changed in {"best": None}, {"figure": "telepathy"}, {"order": []}, {"surplus": 1}:
            other = copy.deepcopy(self.results)
            other["scenarios"][0]["points"][0]["rankings"][0].update(changed)
            with self.assertRaises(jsonschema.ValidationError, msg=changed):
                jsonschema.validate(other, schema)
        jsonschema.validate(self.without_summaries(), schema)

    def without_summaries(self):
        """The results as versions that did not store summaries wrote them."""
        older = copy.deepcopy(self.results)
        for point in (point for scenario in older["scenarios"] for point in scenario["points"]):
            del point["rankings"], point["costs"]
            for server in point["servers"]:
                del server["intervals"]
        return older

    def test_have_the_ranking_of_every_point(self):
        for scenario, figure in zip(self.results["scenarios"], ("cpu_us_per_message", "idle_connection_bytes")):
            for point in scenario["points"]:
                ranking, = (one for one in point["rankings"] if one["figure"] == figure)
                self.assertEqual(ranking, {"figure": figure, "best": "epoll", "not_told_apart": [], "order": ["epoll"]})

    def test_without_summaries_are_reported_alike(self):
        file = self.written("older.json", self.without_summaries())
        self.assertEqual(run(COMPARE, "report", file).stdout, self.done.stdout)
        again = json.loads(run(COMPARE, "report", file, "--json", "-").stdout)
        for older, newer in zip(again["scenarios"], self.results["scenarios"]):
            self.assertEqual([point["rankings"] for point in older["points"]],
                             [point["rankings"] for point in newer["points"]])

    def test_have_every_round_of_every_server(self):
        for point in self.results["scenarios"][0]["points"]:
            for server in point["servers"]:
                self.assertEqual(len(server["rounds"]), 2)
                self.assertGreater(server["rounds"][0]["load"]["messages"], 0)

    def test_are_reported_again_as_they_were(self):
        again = run(COMPARE, "report", self.json)
        self.assertEqual(again.stdout, self.done.stdout, again.stderr)

    def test_become_a_csv_that_other_programs_read(self):
        run(COMPARE, "report", self.json, "--csv", self.path("results.csv"))
        with open(self.path("results.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 3 * 2 + 2)
        self.assertEqual({row["server"] for row in rows}, {"minimal", "epoll"})
        self.assertGreater(float(rows[0]["cpu_us_per_message"]), 0)

    def test_become_markdown_on_standard_output(self):
        done = run(COMPARE, "report", self.json, "--markdown", "-")
        self.assertRegex(done.stdout, r"\AIn brief:\n\n- CPU cost of epoll relative to minimal for 10 busy connections: \d+\.\d\d ×; "
                         r"epoll takes .* the CPU time of minimal\.\n"
                         r"- CPU cost of epoll relative to minimal for 100 busy connections: \d+\.\d\d ×; "
                         r"epoll takes .* the CPU time of minimal\.\n"
                         r"- Memory per idle connection: epoll: \d+\.\d\d KiB; 500 idle connections: epoll .* KiB, measured once\.\n\n"
                         r"## throughput\n")
        self.assertIn("CPU µs/msg", done.stderr, "the table for people goes elsewhere")

    def test_are_as_wide_as_the_terminal_and_not_wrapped_in_a_pipe(self):
        narrow = run(COMPARE, "report", self.json, env={**os.environ, "COLUMNS": "30"})
        self.assertLessEqual(max(map(len, narrow.stdout.splitlines())), 30, narrow.stdout)
        self.assertIn("The tables are split to fit 30 columns.", " ".join(narrow.stdout.split()))
        self.assertGreater(max(map(len, self.done.stdout.splitlines())), 30)
        for form in "--csv", "--markdown":
            written = [run(COMPARE, "report", self.json, form, "-", env={**os.environ, **more}).stdout
                       for more in ({}, {"COLUMNS": "30"})]
            self.assertEqual(*written, form)

    def test_become_a_page_that_fetches_nothing(self):
        run(COMPARE, "report", self.json, "--html", self.path("results.html"))
        with open(self.path("results.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertTrue(page.lstrip().lower().startswith("<!doctype html>"))
        self.assertEqual(re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?!data:)[^"]*', page), [])
        self.assertLess(len(page.encode()), 1_500_000)

    def test_become_a_picture_of_one_scenario(self):
        done = run(COMPARE, "report", self.json, "--svg", "-")
        picture = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual(picture.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertEqual(picture.find("{*}title").text, self.results["scenarios"][0]["question"])
        self.assertIn("CPU µs/msg", done.stderr, "the table for people goes elsewhere")
        run(COMPARE, "report", self.json, "--scenario", "throughput", "--svg", self.path("results.svg"))
        with open(self.path("results.svg"), encoding="utf-8") as file:
            self.assertEqual(file.read(), done.stdout)

    def test_of_one_point_become_no_picture(self):
        done = run(COMPARE, "report", self.json, "--scenario", "memory", "--svg", self.path("memory.svg"))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "iomux-compare: memory has only one point; a chart needs two or more\n")

    def test_suggest_the_scenario_that_was_meant(self):
        done = run(COMPARE, "report", self.json, "--scenario", "memry", "--svg", self.path("memory.svg"))
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'iomux-compare: in these results there is no scenario named "memry"; '
                             'did you mean "memory"?\n'))

    def test_do_not_differ_from_themselves(self):
        done = run(COMPARE, "diff", self.json, self.json)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 of", done.stdout)

    def of_rounds(self, name, costs, slower=()):
        """The results of throughput alone; epoll costs the other list of µs per message, if there is one."""
        results = copy.deepcopy(self.results)
        results["scenarios"] = results["scenarios"][:1]
        for point in results["scenarios"][0]["points"]:
            for server in point["servers"]:
                own = slower if slower and server["title"] == "epoll" else costs
                server["rounds"] = [copy.deepcopy(server["rounds"][0]) for _ in own]
                for one, cost in zip(server["rounds"], own):
                    one["server_cpu_seconds"] = one["load"]["messages"] * cost / 1e6
        return self.written(name, results)

    def test_of_few_rounds_are_inconclusive_about_a_regression(self):
        file = self.of_rounds("few.json", [10, 10], [10, 11])
        done = run(COMPARE, "diff", file, file, "--max-regression", "1%")
        self.assertEqual((done.returncode, done.stderr), (98, ""), done.stdout)
        self.assertRegex(done.stdout, r"\nMay be worse by more than 1 %: throughput, 1 connection: epoll CPU 0\.0 % \[-\S+ to \+\S+\]")
        self.assertIn("\nInconclusive: an interval reaches beyond 1 %. Measure more sessions or rounds in both runs", done.stdout)
        self.assertEqual(run(COMPARE, "diff", file, file).returncode, 0)

    def test_of_one_round_cannot_be_compared(self):
        file = self.of_rounds("one_round.json", [10])
        for more in (), ("--max-regression", "1%"):
            done = run(COMPARE, "diff", file, file, *more)
            self.assertEqual((done.returncode, done.stderr), (98, ""), done.stdout)
            self.assertTrue(done.stdout.startswith("No ratio was compared: the reasons are below.\n"), done.stdout)
            self.assertIn("Not compared: throughput, 1 connection: too few rounds (1, now 1; each needs 2): epoll CPU, "
                          "epoll msgs/s.\n", done.stdout)
            self.assertTrue(done.stdout.endswith("\nInconclusive: not everything in the old results was compared.\n"))

    def test_without_a_row_of_the_old_ones_are_inconclusive(self):
        fewer = copy.deepcopy(self.results)
        fewer["scenarios"] = fewer["scenarios"][:1]
        file = self.written("fewer.json", fewer)
        done = run(COMPARE, "diff", self.json, file)
        self.assertEqual((done.returncode, done.stderr), (98, ""), done.stdout)
        self.assertIn("\nNot compared: memory: only in the old results.\n", done.stdout)
        done = run(COMPARE, "diff", file, self.json)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("\nNot compared: memory: only in the new results.\n", done.stdout)

    def test_that_are_worse_fail_a_diff(self):
        costs = [10 * (1 + number / 1000) for number in range(10)]
        varied = [cost * (1 + number % 3 / 1000) for number, cost in enumerate(costs)]
        files = [self.of_rounds("before.json", costs, varied),
                 self.of_rounds("after.json", costs, [1.5 * cost for cost in varied])]
        done = run(COMPARE, "diff", *files, "--max-regression", "5%")
        self.assertEqual(done.returncode, 99, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^throughput, 1 connection\n.*\nepoll +CPU +1\.00 \[1\.00–1\.00\] +1\.50 \[1\.50–1\.50\] "
                                      r"+\+50\.0 % \[\+49\.9 to \+50\.1\]\n")
        self.assertIn("\nWorse by more than 5 %: throughput, 1 connection: epoll CPU +50.0 % [+49.9 to +50.1].\n", done.stdout)
        self.assertTrue(done.stdout.endswith("\nRegression: a change for the worse is significant, and larger than 5 %.\n"))
        for order, limit in (files, "60%"), (files[::-1], "5%"):
            done = run(COMPARE, "diff", *order, "--max-regression", limit)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertTrue(done.stdout.endswith("No regression: every interval excludes a change for the worse by more "
                                                 f"than {limit[:-1]} %.\n"), done.stdout)

    def test_in_which_a_server_fails_are_a_regression(self):
        failing = copy.deepcopy(self.results)
        failing["scenarios"][0]["points"][0]["servers"][1]["failed"] = "exit 1"
        file = self.written("failing.json", failing)
        done = run(COMPARE, "diff", self.json, file, "--max-regression", "100%")
        self.assertEqual(done.returncode, 99, done.stdout + done.stderr)
        self.assertIn("\nNot compared: throughput, 1 connection: epoll now fails: exit 1.\n", done.stdout)
        self.assertEqual(run(COMPARE, "diff", self.json, file).returncode, 98)

    def test_of_another_version_are_refused(self):
        file = self.written("other.json", {**self.results, "version": 3})
        done = run(COMPARE, "report", file)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"iomux-compare: {file}: only results of versions 1 and 2 can be read; these have version 3\n")


class ResultsOfVersion1(unittest.TestCase):
    """A file that the last program of version 1 has written."""

    def test_are_reported(self):
        done = run(COMPARE, "report", VERSION_1)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("throughput: How does the CPU cost per message change", done.stdout)
        for row in (r"minimal +43\.3 µs +3\.90 µs", r"epoll +1\.00 \? +1\.06 \?", r"epoll +2\.99 +2\.04",
                    r"epoll +255\.9 \[254\.3–260\.5\] +90\.0 \[89\.6–99\.8\] +75\.7 \[74\.6–79\.0\] +72\.3 \[71\.8–74\.5\]"):
            self.assertRegex(done.stdout, rf"\n{row}\n")
        self.assertIn("epoll_wait 0.04; 25.01 messages per wait", done.stdout)

    def test_do_not_differ_from_the_same_results_of_version_2(self):
        with tempfile.TemporaryDirectory() as folder:
            newer = os.path.join(folder, "newer.json")
            self.assertEqual(run(COMPARE, "report", VERSION_1, "--json", newer).returncode, 0)
            with open(newer, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["version"], 2)
            done = run(COMPARE, "diff", VERSION_1, newer)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 of", done.stdout)


class Commands(unittest.TestCase):
    def assert_refused(self, *words, saying):
        done = run(COMPARE, *words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(saying, done.stderr)

    def test_print_help(self):
        for command in "run", "list", "selfcheck", "report", "diff", "monitor", "claims", "explain", "trace":
            with self.subTest(command=command):
                done = run(COMPARE, command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertTrue(done.stdout.startswith(f"Usage: iomux-compare {command}"), done.stdout)
                for words in (command, "-h"), (command, "help"), ("help", command):
                    self.assertEqual(run(COMPARE, *words).stdout, done.stdout)

    def test_print_the_version(self):
        version = run(COMPARE, "--version").stdout
        self.assertRegex(version, r"\Aiomux-compare \d+\.\d+\.\d+.*\n\Z")
        for words in ("-V",), ("run", "-V"), ("list", "--version"), ("trace", "-V"):
            self.assertEqual(run(COMPARE, *words).stdout, version)

    def test_print_help_without_a_command(self):
        help_text = run(COMPARE, "--help").stdout
        self.assertTrue(help_text.startswith("Usage: iomux-compare [OPTION]..."), help_text)
        for word in "-h", "help":
            self.assertEqual(run(COMPARE, word).stdout, help_text)

    def test_fit_their_help_into_120_columns(self):
        for command in "", "run", "list", "selfcheck", "report", "diff", "monitor", "claims", "explain", "trace":
            words = [command] if command else []
            self.assertLessEqual(max(map(len, run(COMPARE, *words, "--help").stdout.splitlines())), 120, words)

    def test_that_are_unknown_are_refused(self):
        self.assert_refused("telepathy", saying='no command named "telepathy"; the commands are run, list, monitor,')
        self.assert_refused("serve", saying="serve is a program of its own: run iomux-serve, or ./iomux serve")
        self.assert_refused("run", "telepathy", saying='no scenario named "telepathy"; the scenarios are throughput,')

    def test_suggest_the_name_that_was_meant(self):
        self.assert_refused("runs", saying='no command named "runs"; did you mean "run"? (see')
        self.assert_refused("help", "diif", saying='no command named "diif"; did you mean "diff"? (see')
        self.assert_refused("run", "idel", saying='no scenario named "idel"; did you mean "idle"? (see')
        for words in ("--sevrers",), ("run", "--sevrers"), ("trace", "--sevrers"):
            self.assert_refused(*words, "epoll", saying="unknown option --sevrers; did you mean --servers? (see")
        for words in (), ("run",), ("trace",):
            self.assert_refused(*words, "--servers", "epolll", saying='no server named "epolll"; did you mean "epoll"?')

    def test_suggest_another_form_of_a_known_name(self):
        for words in (), ("run",), ("trace",):
            self.assert_refused(*words, "--servers", "asio/epoll",
                                saying='no server named "asio/epoll"; did you mean "epoll"?')
            self.assert_refused(*words, "--servers", "iomux-asio",
                                saying='no server named "iomux-asio"; the servers of this program are asio/blocking,')
            self.assert_refused(*words, "--server", "epoll", saying="--servers chooses servers of this project")
        self.assert_refused("--quick", saying='unknown option --quick; did you mean "iomux-compare run --quick"? (see ')
        self.assert_refused("--servers", "epoll", "--svg=a.svg",
                            saying='unknown option --svg; did you mean "iomux-compare run --svg"? (see ')
        self.assert_refused("throughput", saying='no command named "throughput"; it is a scenario: iomux-compare run throughput')
        self.assert_refused("epoll", saying='no command named "epoll"; it is a server: --servers epoll')
        self.assert_refused("run", "epoll", saying='no scenario named "epoll"; it is a server: --servers epoll')
        self.assert_refused("run", "trace", saying='no scenario named "trace"; it is a command: iomux-compare trace')
        self.assert_refused("--servers", "callbacks", "--baseline", "asio/callbacks",
                            saying='--baseline asio/callbacks: the table names this server "callbacks"')

    def test_refer_to_the_help_of_the_command(self):
        for words, program in (("--sevrers",), "iomux-compare"), (("runs",), "iomux-compare"):
            self.assert_refused(*words, saying=f"(see {program} --help)\n")
        for words in (("run", "--sevrers"), ("list", "--sevrers"), ("monitor", "--rounds"), ("claims", "--rounds"),
                      ("trace", "--servers", "epolll"), ("selfcheck", "--sessions", "1"), ("report",), ("diff", "one.json")):
            self.assert_refused(*words, saying=f"(see iomux-compare {words[0]} --help)\n")

    def test_list_the_allowed_values(self):
        self.assert_refused("--service", "suffx", saying='not one of suffix, echo, discard; did you mean "suffix"?')
        self.assert_refused("--framing", "cut", saying="--framing cut: not one of chunk, line, length")
        for work in "hard:50us", "busy:", "sleep:11":
            self.assert_refused("--work", work, saying=f"--work {work}: expected busy:TIME or sleep:TIME with at most 10s, "
                                                       "such as busy:50us (see")
        self.assert_refused("--size", "big", saying="--size big: expected a size such as 64, 64K or 1MiB, "
                                                    "uniform:16B-1KiB or exponential:256B; K, M and G (also KiB, MiB, "
                                                    "GiB) are powers of 1,024 (see")
        self.assert_refused("--servers", "telepathy", saying='no server named "telepathy"; the servers are minimal,')

    def test_hint_at_the_load_generators_name_of_an_option(self):
        for words in (), ("run",):
            self.assert_refused(*words, "--duration", "5", saying="unknown option --duration; did you mean --seconds? (see")

    def test_name_an_argument_that_they_do_not_take(self):
        self.assert_refused("list", "idle", saying='unexpected argument "idle": there are only options (see')
        self.assert_refused("report", "one.json", "two.json",
                            saying='unexpected argument "two.json": at most 1 is allowed besides options (see')

    def test_take_their_arguments_only_without_an_option(self):
        for words in (("report", "--file", "one.json"), ("diff", "--files", "one.json")):
            self.assert_refused(*words, saying=f"unknown option {words[1]}")

    def test_say_which_command_has_an_option_that_run_has_not(self):
        self.assert_refused("run", "--scenario", "idle",
                            saying="unknown option --scenario: it is an option of report; name the scenarios without it: "
                                   "iomux-compare run idle (see")
        for option in "--connections", "--churn", "--load-threads=2":
            name = option.partition("=")[0]
            self.assert_refused("run", "throughput", option, saying=f"unknown option {name}: it is an option without a command")
        self.assert_refused("run", "throughput", "--connections", "5", saying="a command; a scenario sets its own workload (see")

    def test_stream_events_of_one_scenario_only(self):
        for scenarios in (), ("idle", "throughput"), ("monitor",):
            self.assert_refused("run", *scenarios, "--events", "-", saying="--events: name exactly one scenario")

    def test_define_the_words_for_how_they_measure(self):
        for words in (), ("run",):
            self.assertIn("A session starts all servers. It has up to ten cycles. In each cycle, the servers take turns in a random "
                          "order,\nand a slice (20 ms) of each turn is measured.", run(COMPARE, *words, "--help").stdout)

    def test_require_their_arguments(self):
        self.assert_refused("report", saying="report requires a file of results")
        self.assert_refused("diff", "one.json", saying="diff requires two files of results, not 1")
        self.assert_refused("diff", "-", "-", saying="diff: only one of the two files can be standard input (-)")

    def test_write_one_thing_to_standard_output(self):
        self.assert_refused("run", "--json", "-", "--csv", "-", saying="--csv and --json name the same file, standard output (see")

    def test_refuse_a_picture_before_they_measure_what_cannot_be_drawn(self):
        self.assert_refused("run", "memory", "--quick", "--svg", "memory.svg", saying="--svg: a chart needs a scenario")
        self.assert_refused("report", "some.json", "--scenario", "idle", saying="--scenario requires --svg")

    def test_refuse_tables_before_they_measure_what_has_none(self):
        for option in "--csv", "--markdown":
            for names in ("monitor",), ("claims",), ("monitor", "claims"):
                self.assert_refused("run", *names, "--quick", option, "-",
                                    saying=f"{option}: monitor and claims have no tables of servers; write their results with "
                                           "--json or --html (see iomux-compare run --help)")
        self.assert_refused("run", "monitor", "--quick", "--svg", "-",
                            saying='a chart needs a scenario with two points or more; "iomux-compare list" shows them (see iomux-')

    def test_report_that_results_have_no_tables(self):
        with open(VERSION_1, encoding="utf-8") as file:
            no_scenarios = dict(json.load(file), scenarios=[])
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("results.json", "tables")]
            with open(files[0], "w", encoding="utf-8") as results:
                json.dump(no_scenarios, results)
            for option in "--csv", "--markdown":
                done = run(COMPARE, "report", files[0], option, files[1])
                self.assertEqual((done.returncode, os.path.exists(files[1])), (1, False), done.stderr)
                self.assertIn("the results have no table of servers for --csv or --markdown", done.stderr)

    def test_refuse_times_that_nobody_waits_for(self):
        for words, saying in ((("--seconds", "1e6"), "--seconds must be at most 3600 (1 hour)"),
                              (("run", "--seconds", "3601"), "--seconds must be at most 3600 (1 hour)"),
                              (("--budget", "1e6"), "--budget must be at most 86400 (1 day)"),
                              (("run", "--budget", "25e3m"), "--budget must be at most 86400 (1 day)"),
                              (("selfcheck", "--budget", "1e6"), "--budget must be at most 86400 (1 day)"),
                              (("--server", "mine=serve {port}", "--start-timeout", "1e6"),
                               "--start-timeout must be at most 3600 (1 hour)")):
            self.assert_refused(*words, saying=saying)

    def test_refuse_a_baseline_that_is_not_compared(self):
        self.assert_refused("run", "throughput", "--servers", "epoll", "--baseline", "poll",
                            saying='--baseline poll: not one of epoll; did you mean "epoll"?')

    def test_list_what_run_takes(self):
        done = run(COMPARE, "list")
        self.assertEqual(done.returncode, 0)
        for name in "throughput", "idle", "udp":
            self.assertIn(f"\n{name} ", "\n" + done.stdout)
        self.assertRegex(done.stdout, r"\Athroughput .*\n +points: \d+; with --quick: \d+\n")
        self.assertIn("\nA point is one value of what a scenario varies: a column of its table.\n", done.stdout)
        self.assertIn("article the project started from (Python I/O multiplexing, 2020)", done.stdout)

    def test_of_missing_files_fail(self):
        done = run(COMPARE, "report", "/nowhere/results.json")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "iomux-compare: cannot read /nowhere/results.json: No such file or directory\n"))


class EveryScenario(unittest.TestCase):
    """On a busy machine the figures may be anything, but everything is measured and nothing fails."""

    def test_runs_in_its_quick_form(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "results.json")
            done = run(COMPARE, "run", "--quick", "--rounds", "1", "--seconds", "0.2", "--json", file, timeout=4 * PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            with open(file, encoding="utf-8") as results:
                scenarios = json.load(results)["scenarios"]
        for scenario in scenarios:
            for point in scenario["points"]:
                for server in point["servers"]:
                    self.assertIsNone(server["failed"], f"{scenario['name']} {point['label']} {server['title']}")


class QuickForm(unittest.TestCase):
    def test_prints_its_number_of_rounds(self):
        done = run(COMPARE, "run", "churn", "--quick", "--seconds", "0.3", "--servers", "minimal", "--json", "-")
        results = json.loads(done.stdout)
        rounds = results["scenarios"][0]["points"][0]["servers"][0]["rounds"]
        self.assertEqual(results["options"]["most_rounds"], len(rounds))


class SelfCheck(unittest.TestCase):
    """What it finds depends on the machine too. The form of its text, and the exit status for it, do not."""

    STATUSES = {"passed": 0, "failed": 1, "inconclusive": 98}

    def test_compares_equal_and_slowed_servers_and_exits_accordingly(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "check.json")
            done = run(COMPARE, "selfcheck", "--sessions", "2", "--budget", "1", "--slowed-by", "10%,50%",
                       "--json", file, timeout=5 * PATIENCE)
            self.assertIn(done.returncode, self.STATUSES.values(), done.stderr)
            with open(file, encoding="utf-8") as written:
                check = json.load(written)
        self.assertEqual(done.returncode, self.STATUSES[check["outcome"]])
        self.assertEqual(re.findall(r"(?m)^(Passed|Failed|Inconclusive)[.:]", done.stdout), [check["outcome"].capitalize()])
        if "why" in check:  # without a calibration, nothing was compared
            self.assertEqual((check["outcome"], " ".join(done.stdout.split())), ("inconclusive", check["why"]))
            return
        titles = [f"epoll {i}" for i in range(2, 9)] + ["epoll +10 %", "epoll +50 %"]
        self.assertEqual([server["title"] for server in check["servers"]], titles)
        self.assertRegex(done.stdout, r"(?m)^epoll +1\.000 +1\.000 +baseline$")
        for title in titles[:-2]:
            self.assertRegex(done.stdout, fr"(?m)^{title} +1\.000 +\d+\.\d+ \[.*\] +[a-z ]+ (right|WRONG)$")
        for title in titles[-2:]:
            self.assertRegex(done.stdout, fr"(?m)^{re.escape(title)} +\d+\.\d+ +\d+\.\d+ \[.*\] +[a-z ]+ "
                                          r"(right|WRONG|OFF|too noisy)$")
        self.assertIn("a server 50 % slower is found in ", done.stdout)
        self.assertIn("A sound comparison fails this check in at most 9 of 100 runs.", done.stdout)

    def test_refuses_invalid_values(self):
        for words, saying in ((("--sessions", "1"), "--sessions 1: expected a whole number from 2 to 1000"),
                              (("--slowed-by", "2%,0%"), "--slowed-by 0%: expected a percentage such as 2% or 0.5%"),
                              (("--slowed-by", "2%,"), '--slowed-by: "2%," has an empty entry'),
                              (("--comparisons", "3"), "unknown option --comparisons")):
            done = run(COMPARE, "selfcheck", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(saying, done.stderr)


if __name__ == "__main__":
    unittest.main()
