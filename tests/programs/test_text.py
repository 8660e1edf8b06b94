import json
import os
import resource
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from programs import ASIO, PATIENCE, RAW, Server, every_mechanism

CLIENT, COMPARE, LOAD = (os.environ["IOMUX_" + name] for name in ("CLIENT", "COMPARE", "LOAD"))
SERVE = os.environ.get("IOMUX_SERVE")
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
QUICK = ("--rounds", "1", "--seconds", "0.3", "--idle-memory", "0")
# Not UTF-8, and what clears a terminal.
VERSION_1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../compare/results/version_1.json")
NAME, SHOWN_NAME = b"caf\xe9\x1b[2J", "caf\\xe9\\x1b[2J"
# Texts of libraries, which are not for people.
RAW_TEXTS = ("boost", "json.", "std::", "filesystem error", "bad_alloc", "not exact", "out of range", "basic_string",
             "lexical", "Unhandled", "terminate called", "what():")


def run(*command, timeout=PATIENCE, **options):
    """Runs a program whose output may be anything."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, **options)


class FromOutside(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def assert_printable(self, output):
        """Valid UTF-8 without control characters."""
        text = output.decode()  # raises if it is not UTF-8
        self.assertNotRegex(text, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
        return text

    def assert_error(self, done, status, *saying):
        """One printable line for people."""
        text = self.assert_printable(done.stderr)
        self.assertEqual((done.returncode, done.stdout), (status, b""), text)
        self.assertRegex(text, r"\Aiomux-[a-z]+: [^\n]+\n\Z")
        for raw in RAW_TEXTS:
            self.assertNotIn(raw, text)
        for words in saying:
            self.assertIn(words, text)
        return text


class AServersName(FromOutside):
    COMMAND = b"=" + RAW.encode() + b" epoll --service echo --port {port} # \xff"

    def test_that_is_not_utf8_is_escaped_in_every_output(self):
        outputs = {name: self.path(name) for name in ("json", "csv", "markdown", "html", "events")}
        done = run(COMPARE, *QUICK, "--servers", "epoll", "--server", NAME + self.COMMAND,
                   "--server", b"fails=printf 'no \\351' >&2; exit 3; : {port} \xff", "--baseline", NAME,
                   *(word for name, file in outputs.items() for word in ("--" + name, file)))
        text = self.assert_printable(done.stderr) + self.assert_printable(done.stdout)
        self.assertEqual(done.returncode, 1, text)  # because a server fails
        self.assertIn(SHOWN_NAME, text)
        self.assertIn("exit 3: no \\xe9", text)
        for name, file in outputs.items():
            with self.subTest(name), open(file, "rb") as written:
                content = self.assert_printable(written.read())
                self.assertIn(json.dumps(SHOWN_NAME)[1:-1] if name in ("json", "html", "events") else SHOWN_NAME, content)
        with open(outputs["json"]) as file:
            point = json.load(file)["scenarios"][0]["points"][0]
        self.assertEqual(point["baseline"], SHOWN_NAME)
        servers = {server["title"]: server for server in point["servers"]}
        self.assertEqual(servers[SHOWN_NAME]["path"], (self.COMMAND[1:-1].decode() + "\\xff"))
        self.assertGreater(servers[SHOWN_NAME]["medians"]["messages_per_second"], 0)
        with open(outputs["events"]) as file:
            self.assertEqual([json.loads(line)["event"] for line in file][-1], "finished")

    def test_can_be_chosen_as_it_was_given_and_as_it_is_shown(self):
        for chosen in NAME, SHOWN_NAME:
            done = run(COMPARE, *QUICK, "--server", NAME + self.COMMAND, "--servers", chosen, "--json", self.path("json"))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            with open(self.path("json")) as file:
                [server] = json.load(file)["scenarios"][0]["points"][0]["servers"]
            self.assertEqual(server["title"], SHOWN_NAME)

    def test_that_changes_the_direction_of_text_or_is_markup_is_escaped(self):
        name, shown = "a\u202eb *c* `d` <e> _f_ g|h", "a\\xe2\\x80\\xaeb *c* `d` <e> _f_ g|h"
        outputs = {name: self.path(name) for name in ("json", "csv", "markdown", "html", "again")}
        with open(VERSION_1, encoding="utf-8") as file:
            results = json.load(file)
        for scenario in results["scenarios"]:
            for point in scenario["points"]:
                server = point["servers"][0]
                server["name"] = server["title"] = name
                point["baseline"] = None
        with open(outputs["again"], "w", encoding="utf-8") as file:
            json.dump(results, file)
        done = run(COMPARE, "report", outputs["again"], *(word for name in ("json", "csv", "markdown", "html")
                                                          for word in ("--" + name, outputs[name])))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(shown, done.stdout.decode())
        for output, expected in (("csv", shown), ("json", json.dumps(shown)[1:-1]), ("html", None),
                                 ("markdown", "a\\xe2\\x80\\xaeb \\*c\\* \\`d\\` \\<e> \\_f\\_ g\\|h")):
            with self.subTest(output), open(outputs[output], encoding="utf-8") as written:
                content = written.read()
                self.assertNotIn("\u202e", content)
                if expected:
                    self.assertIn(expected, content)

    def test_that_is_not_utf8_is_escaped_in_a_chart(self):
        results = self.path("results")
        self.assertEqual(run(COMPARE, *QUICK, "--servers", "epoll", "--json", results).returncode, 0)
        with open(results) as file:
            measured = json.load(file)
        points = measured["scenarios"][0]["points"]
        server = points[0]["servers"][0]
        server["name"] = server["title"] = "bell\u0007 \uffff"
        points[0]["baseline"] = None
        points[0]["rankings"] = points[0]["costs"] = []
        points[0]["at"] = {"connections": 1}
        points.append({**points[0], "at": {"connections": 2}})
        with open(results, "w") as file:
            json.dump(measured, file)
        done = run(COMPARE, "report", results, "--svg", self.path("svg"), "--csv", self.path("csv"),
                   "--markdown", self.path("markdown"), "--html", self.path("html"))
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = "bell\\x07 \\xef\\xbf\\xbf"
        self.assertIn(shown, self.assert_printable(done.stdout))
        for name in "svg", "csv", "markdown":
            with open(self.path(name), "rb") as written:
                self.assertIn(shown, self.assert_printable(written.read()))
        with open(self.path("html"), "rb") as page:
            self.assert_printable(page.read())
        xml.etree.ElementTree.parse(self.path("svg"))


class APath(FromOutside):
    def test_that_is_not_utf8_is_escaped_in_the_report_of_the_load(self):
        done = run(LOAD, "--json", "--unix", os.path.join(self.folder.encode(), b"\xe9\x1b"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("/\\xe9", json.loads(self.assert_printable(done.stdout))["error"])
        self.assertIn("/\\xe9\\x1b", self.assert_printable(done.stderr))

    def test_that_is_not_utf8_can_be_used(self):
        folder = self.folder.encode() + b"/\xe9"
        os.mkdir(folder)
        done = run(COMPARE, *QUICK, "--servers", "epoll", "--unix", "--json", os.path.join(folder, b"json"),
                   env={**os.environ, "TMPDIR": os.fsdecode(folder)})
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(folder, b"json")) as file:
            json.load(file)
        done = run(COMPARE, "--servers", "epoll", "--unix", "--sessions", "2", "--idle-memory", "0",
                   env={**os.environ, "TMPDIR": os.fsdecode(folder)})
        self.assertEqual(done.returncode, 0, self.assert_printable(done.stdout) + self.assert_printable(done.stderr))

    def test_is_escaped_in_errors(self):
        name = os.path.join(self.folder.encode(), b"no\n\x1b\xff")
        for words in ((RAW, "epoll", "--config", name), (RAW, "epoll", "--port", "0", "--stats", name + b"/x"),
                      (ASIO, "callbacks", "--unix", name + b"/x"), (CLIENT, "--unix", name),
                      (LOAD, "--hdr", name + b"/x"), (COMPARE, "report", name), (COMPARE, "diff", name, name),
                      (COMPARE, "--json", name + b"/x"), (COMPARE, "report", name, "--csv", name + b"/x")):
            with self.subTest(words=words):
                text = self.assert_printable(run(*words).stderr)
                self.assertEqual(text.count("\n"), 1, text)
                self.assertIn("no\\n\\x1b\\xff", text)


    def test_of_a_server_is_printed_on_one_line(self):
        folder = os.path.join(self.folder, "a\u202eb\nc\x1b")
        os.mkdir(folder)
        with Server(EPOLL, address=("--unix", os.path.join(folder, "socket"))) as server:
            self.assertEqual(server.first_line, f"listening on unix:{self.folder}/a\\xe2\\x80\\xaeb\\nc\\x1b/socket\n")
        done = run(COMPARE, "--servers", "epoll", "--unix", *QUICK, env={**os.environ, "TMPDIR": folder})
        self.assertEqual(done.returncode, 0, done)


class AnArgument(FromOutside):
    def test_is_escaped_in_errors(self):
        odd, shown = b"\x1b[2J\x07\xff\xc2\x9b", "\\x1b[2J\\x07\\xff\\xc2\\x9b"
        clients = [(CLIENT,), (LOAD,), *([(SERVE,)] if SERVE else [])]
        commands = [(*program, *words) for program in [(RAW, "epoll"), (ASIO, "callbacks"), *clients]
                    for words in (("--port", odd), ("--port", b"80\r\n" + odd), (b"--" + odd,))]
        commands += [(*program, odd) for program in [(RAW,), (ASIO,), (RAW, "epoll"), (LOAD,), (COMPARE,), (COMPARE, "run"),
                                                     (COMPARE, "report", "file"), (COMPARE, "monitor")]]
        commands += [(program, option, odd) for program in (CLIENT, LOAD) for option in ("--service", "--framing")]
        commands += [(COMPARE, option, value) for option, value in
                     (("--rounds", odd), ("--servers", odd), ("--servers", b"epoll," + odd), ("--server", odd),
                      ("--server", b"x=" + odd), ("--attach", odd), ("--attach", b"x=" + odd), ("--baseline", odd))]
        commands += [(LOAD, "--size", odd), (COMPARE, "selfcheck", "--slowed-by", odd), (COMPARE, "trace", "--servers", odd)]
        if SERVE:
            commands += [(SERVE, "--server", odd), (SERVE, "--allow-host", odd), (SERVE, odd)]
        for words in commands:
            with self.subTest(words=words):
                self.assert_error(run(*words), 2, shown)

    def test_is_cut_in_errors(self):
        many = "x" * 100_000
        for words in ((RAW, "epoll", "--port", many), (RAW, many), (LOAD, "--" + many), (CLIENT, "--service", many),
                      (LOAD, "--size", many), (COMPARE, many), (COMPARE, "--rounds", many), (COMPARE, "--servers", many),
                      (COMPARE, "--server", many), (COMPARE, "--attach", many), (COMPARE, "--baseline", many)):
            with self.subTest(words=words[:-1]):
                self.assertLess(len(self.assert_error(run(*words), 2)), 2000)


class Results(FromOutside):
    def test_that_cannot_be_read_are_refused_with_what_and_where(self):
        good = self.path("good")
        self.assertEqual(run(COMPARE, *QUICK, "--servers", "epoll", "--json", good).returncode, 0)
        with open(good, "rb") as file:
            text = file.read()
        whole = json.loads(text)

        def spoilt(*path, by):
            other = json.loads(text)
            place = other
            for name in path[:-1]:
                place = place[name]
            place[path[-1]] = by
            return json.dumps(other)

        point = ("scenarios", 0, "points", 0)
        cases = {
            "": "not valid JSON: it is empty",
            "\n": "not valid JSON: it is empty",
            text[:1000]: "not valid JSON: line 1, column 1001: it ends too early",
            text + b"}": "not valid JSON: line 2, column 1: extra data",
            b"\x7fELF\x01\x02\x00": "not valid JSON: line 1, column 1: syntax error",
            b'{"a": "\xff"}': "not valid JSON: line 1, column ",
            "[" * 10_000: "not valid JSON: line 1, column 33: it is nested too deeply",
            "[]": 'not results of iomux-compare: "format" must be "iomux-results"',
            "5": 'not results of iomux-compare: "format" must be "iomux-results"',
            json.dumps({"format": "iomux-results"}): "only results of versions 1 and 2 can be read; these have no version",
            spoilt("version", by="2"): 'only results of versions 1 and 2 can be read; these have version "2"',
            spoilt("scenarios", by={}): "scenarios: expected an array, not an object",
            spoilt(*point, "label", by=5): "scenarios[0].points[0].label: expected a text, not 5",
            spoilt(*point, "work", "connections", by=1e300):
                "scenarios[0].points[0].work.connections: expected a whole number from 0 to 18446744073709551615, not 1E300",
            spoilt(*point, "work", "sizes", by="big"): "scenarios[0].points[0].work.sizes: expected a size such as 64",
            spoilt(*point, "work", "service", by="\u001b[2J"):
                'scenarios[0].points[0].work.service: expected one of suffix, echo, discard, not "\\u001b[2J"',
            spoilt(*point, "servers", 0, "rounds", 0, "load", "messages", by=-1):
                "scenarios[0].points[0].servers[0].rounds[0].load: the load generator's report cannot be parsed: "
                "messages: expected a number from 0, not -1",
            spoilt(*point, "servers", 0, "rounds", 0, "load", "latency_us", by={}):
                "scenarios[0].points[0].servers[0].rounds[0].load: the load generator's report cannot be parsed: "
                "latency_us.p50 is missing",
            spoilt(*point, "servers", 0, "rounds", 0, "window_seconds", by=1e12):
                "scenarios[0].points[0].servers[0].rounds[0].window_seconds: expected a time from 0 to 1e9 s, not 1E12",
            json.dumps({**whole, "options": {}}): "options.sessions is missing",
        }
        for number, (content, saying) in enumerate(cases.items()):
            with self.subTest(saying):
                file = self.write(f"file{number}", content)
                self.assert_error(run(COMPARE, "report", file), 1, f"{file}: {saying}")
                self.assert_error(run(COMPARE, "diff", good, file), 1, f"{file}: {saying}")
                with open(file, "rb") as standard_input:
                    text = self.assert_error(run(COMPARE, "report", "-", stdin=standard_input), 1,
                                             f" standard input: {saying}")
                # Results of another version are such a file.
                self.assertEqual(text.endswith("; give a file that iomux-compare --json has written\n"),
                                 "versions" not in saying)

    def test_are_refused_if_they_are_no_file_with_an_end(self):
        self.assert_error(run(COMPARE, "report", self.folder), 1, f"cannot read {self.folder}: Is a directory")
        self.assert_error(run(COMPARE, "report", self.path("none")), 1,
                          f"cannot read {self.path('none')}: No such file or directory")
        self.assert_error(run(COMPARE, "report", ""), 1, 'cannot read "": No such file or directory')
        self.assert_error(run(COMPARE, "report", "/dev/zero"), 1, "cannot read /dev/zero: it is longer than ")

    def test_are_read_from_a_fifo(self):
        os.mkfifo(self.path("fifo"))
        with subprocess.Popen((COMPARE, "report", self.path("fifo")), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as report:
            with open(self.path("fifo"), "w") as writer:
                writer.write("[]")
            output, errors = report.communicate(timeout=PATIENCE)
        self.assertEqual((report.returncode, output), (1, b""))
        self.assertIn(b'/fifo: not results of iomux-compare: "format" must be ', errors)


class WithoutMemory(FromOutside):
    @unittest.skipIf(os.environ.get("IOMUX_SANITIZE"), "the sanitizers reserve more")
    def test_a_program_says_so(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))

        with Server(EPOLL, "--service", "echo") as server:
            for words in ("--size", "1GiB"), ("--size", "512M", "--connections", "8"):
                with self.subTest(words=words):
                    done = run(LOAD, *words, "--port", str(server.port), preexec_fn=limited)
                    self.assert_error(done, 1, "not enough memory; ask for less")


class ATemporaryFolder(FromOutside):
    def test_that_cannot_have_unix_sockets_is_an_error_before_anything_starts(self):
        mine = ("--server", "mine=socat UNIX-LISTEN:{unix},fork EXEC:cat")
        names = [("a" * 100, (), "the path of a Unix socket must have 1 to 107 bytes: ")]
        names += [(name, mine, '{unix} in the command of "mine" would be ') for name in ("a b", "it's", 'a"b', "$a", "a;b", "a,b")]
        for name, options, saying in names:
            folder = self.path(name)
            os.mkdir(folder)
            done = run(COMPARE, *QUICK, "--servers", "minimal", "--unix", *options, "--json", self.path("json"),
                       env={**os.environ, "TMPDIR": folder})
            self.assert_error(done, 1, f"--unix: {saying}{folder}/")
            self.assertIn(b"; set TMPDIR to another folder, such as /tmp\n", done.stderr)
            self.assertFalse(os.path.exists(self.path("json")))
        done = run(COMPARE, *QUICK, "--servers", "minimal", "--unix", env={**os.environ, "TMPDIR": self.path("a b")})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_that_cannot_be_created_is_named(self):
        for folder, answer in (self.path("none"), "No such file or directory"), (self.write("file", ""), "Not a directory"):
            saying = f"cannot create a temporary folder in {folder}: {answer}; set TMPDIR to a folder that can be written"
            done = run(COMPARE, *QUICK, "--servers", "epoll", "--json", self.path("json"),
                       env={**os.environ, "TMPDIR": folder})
            self.assertEqual(done.returncode, 1)
            with open(self.path("json")) as file:
                [server] = json.load(file)["scenarios"][0]["points"][0]["servers"]
            self.assertEqual(server["failed"], saying)


@unittest.skipUnless(SERVE, "iomux-serve is not built")
class AFolderOfResults(FromOutside):
    def test_that_cannot_be_used_is_named(self):
        file = self.write("file", "")
        for folder, answer in ((file, "Not a directory"), (file + "/\x1b", "Not a directory"),
                               ("/proc/none", "No such file or directory")):
            with self.subTest(folder=folder):
                done = run(SERVE, "--port", "0", "--results", folder)
                shown = folder.replace("\x1b", "\\x1b")
                # Before it, servers that were not built may be listed.
                self.assertEqual((done.returncode, self.assert_printable(done.stderr).splitlines()[-1]),
                                 (1, f"iomux-serve: cannot store results in {shown}: {answer}; choose another folder "
                                     "with --results"))
        self.assert_error(run(SERVE, "--port", "0", "--results", ""), 2, '--results "": expected the name of a folder')
