import filecmp
import json
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import unittest

from programs import ASIO, PATIENCE, RAW, Server, each_program, every_mechanism, run, wait_until

CLIENT, COMPARE, LOAD = (os.environ["IOMUX_" + name] for name in ("CLIENT", "COMPARE", "LOAD"))
PROGRAMS = [RAW, ASIO, CLIENT, LOAD, COMPARE] + [os.environ[name] for name in ("IOMUX_SERVE",) if name in os.environ]
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
VERSION_1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../compare/results/version_1.json")
QUICK = ("--servers", "epoll", "--rounds", "1", "--seconds", "0.3", "--idle-memory", "0")


def closed(descriptor):
    return lambda: os.close(descriptor)


class LosingOutput(unittest.TestCase):
    def test_is_a_failure(self):
        answers = [(program, word) for program in PROGRAMS for word in ("--help", "--version")]
        answers += [(RAW, "--list"), (ASIO, "--list"), (RAW, "--list", "--json"), (COMPARE, "list"), (COMPARE, "run", "--help")]
        for words in answers:
            with self.subTest(words=words), open("/dev/full", "w") as full:
                done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
                name = os.path.basename(words[0])
                self.assertEqual((done.returncode, done.stderr),
                                 (1, f"{name}: cannot write to standard output: No space left on device\n"))
                done = subprocess.run(words, stderr=subprocess.PIPE, preexec_fn=closed(1), text=True, check=False)
                self.assertEqual((done.returncode, done.stderr),
                                 (1, f"{name}: cannot write to standard output: Bad file descriptor\n"))

    def test_of_a_client_is_reported_once_for_each_connection(self):
        with Server(EPOLL) as server, open("/dev/full", "w") as full:
            done = subprocess.run((CLIENT, "--port", str(server.port), "--count", "2", "--connections", "2"), stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        lines = done.stderr.splitlines()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sorted(lines), sorted(set(lines)))
        for line in lines:
            self.assertRegex(line, r"\Aiomux-client: connection [01]: cannot write to standard output: No space left on device\Z")

    def test_of_errors_leaves_the_exit_status(self):
        usage = [(program, "--nonsense") for program in PROGRAMS]
        usage += [(COMPARE, "diff", "one"), (COMPARE, "report")]
        failures = [(COMPARE, "report", "/none"), (CLIENT, "--unix", "/none"), (LOAD, "--unix", "/none")]
        for status, commands in (2, usage), (1, failures):
            for words in commands:
                with self.subTest(words=words), open("/dev/full", "w") as full:
                    for how in {"stderr": full}, {"preexec_fn": closed(2)}:
                        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, **how)
                        self.assertEqual(done.returncode, status)


class AFileForOutput(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.results = os.path.join(self.folder, "results.json")
        done = run(COMPARE, *QUICK, "--json", self.results)
        self.assertEqual(done.returncode, 0, done.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def report(self, *options, **how):
        return run(COMPARE, "report", self.results, *options, **how)

    def test_may_be_standard_output(self):
        by_name = self.report("--csv", "/dev/stdout")
        self.assertEqual(by_name.stdout, self.report("--csv", "-").stdout)
        self.assertTrue(by_name.stdout.startswith("scenario,"))
        with open(self.path("out"), "w") as file:
            subprocess.run((COMPARE, "report", self.results, "--csv", "/dev/stdout"), stdout=file,
                           stderr=subprocess.DEVNULL, check=True)
        with open(self.path("out")) as file:
            self.assertEqual(file.read(), by_name.stdout)

    def test_may_be_an_inherited_descriptor(self):
        reader, writer = os.pipe()
        with open(reader) as piped:
            done = self.report("--csv", f"/dev/fd/{writer}", pass_fds=(writer,))
            os.close(writer)
            self.assertEqual((done.returncode, piped.read()), (0, self.report("--csv", "-").stdout))

    def test_is_refused_before_the_measurement(self):
        for words in (COMPARE, "run", "throughput"), (COMPARE,), (COMPARE, "monitor"), (COMPARE, "claims"), (COMPARE, "explain", "epoll"):
            for option in "--json", "--csv", "--html", "--markdown":
                if words[1:] in (("monitor",), ("claims",)) and option != "--json":
                    continue
                if words[1:] == ("explain", "epoll") and option not in ("--json", "--html"):
                    continue
                with self.subTest(words=words, option=option):
                    # Without a descriptor to measure with: only a refusal at the start has this text.
                    done = run(*words, option, self.path("none/file"))
                    self.assertEqual((done.returncode, done.stdout, done.stderr),
                                     (1, "", f"iomux-compare: cannot write {self.path('none/file')}: No such file or directory\n"))
        done = run(RAW, "epoll", "--port", "0", "--stats", self.path("none/file"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        done = run(LOAD, "--hdr", self.path("none/file"))
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", f"iomux-load: cannot write {self.path('none/file')}: No such file or directory\n"))

    def test_cannot_be_that_of_another_option(self):
        for one, other in (self.path("a"), self.path("./a")), ("-", "/dev/stdout"):
            done = self.report("--csv", one, "--markdown", other)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("--csv and --markdown name the same file, ", done.stderr)
        self.assertEqual(self.report("--csv", "/dev/full", "--markdown", "/dev/full").returncode, 1)

    def test_that_cannot_be_written_leaves_the_others(self):
        done = self.report("--json", "/dev/full", "--csv", self.path("csv"))
        self.assertEqual((done.returncode, done.stderr),
                         (1, "iomux-compare: cannot write /dev/full: No space left on device\n"))
        self.assertIn("CPU µs/msg", done.stdout)
        with open(self.path("csv")) as file:
            self.assertTrue(file.read().startswith("scenario,"))

    def test_that_two_streams_share_is_refused(self):
        for append in False, True:
            with open(self.path("both"), "a" if append else "w") as one, open(self.path("both"), "a" if append else "w") as other:
                done = subprocess.run((COMPARE, "report", self.results, "--json", "-", "--csv", "/dev/stderr"), stdout=one,
                                      stderr=other, check=False)
            self.assertEqual(done.returncode, 2)
            with open(self.path("both")) as file:
                self.assertIn("--csv and --json name the same file, ", file.read())
        done = self.report("--json", "-", "--csv", "/dev/stderr")
        self.assertEqual(done.returncode, 0)
        self.assertIn("scenarios", json.loads(done.stdout))
        self.assertIn("scenario,point", done.stderr)

    def test_that_is_a_loop_of_links_is_named_as_such(self):
        os.symlink("loop", self.path("loop"))
        saying = f"cannot follow the symbolic link {self.path('loop')}: Too many levels of symbolic links"
        for words in ("report", self.path("loop")), ("diff", self.path("loop"), self.path("loop")), ("report", self.results, "--csv", self.path("loop")):
            done = run(COMPARE, *words)
            self.assertEqual((done.returncode, done.stderr), (1, f"iomux-compare: {saying}\n"))

    def test_that_is_standard_output_leaves_the_tables_to_standard_error_which_may_fail(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run((COMPARE, "report", self.results, "--json", "-"), stdout=subprocess.PIPE, stderr=full,
                                  text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("scenarios", json.loads(done.stdout))

    def test_is_written_if_the_tables_are_lost(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run((COMPARE, "report", self.results, "--json", self.path("again")), stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "iomux-compare: cannot write to standard output: No space left on device\n"))
        with open(self.path("again")) as file:
            self.assertIn("scenarios", json.load(file))

    def test_takes_the_counters_of_a_server_through_a_link(self):
        os.symlink("target", self.path("link"))
        with Server(EPOLL, "--stats", self.path("link")) as server:
            server.stop()
        self.assertTrue(os.path.islink(self.path("link")))
        with open(self.path("target")) as file:
            json.load(file)


class TheInput(unittest.TestCase):
    def test_of_a_report_is_not_overwritten_with_something_else(self):
        with tempfile.TemporaryDirectory() as folder:
            results, link = os.path.join(folder, "results.json"), os.path.join(folder, "link")
            shutil.copy(VERSION_1, results)
            os.symlink(results, link)
            for option in "--csv", "--markdown", "--html", "--svg":
                for name in results, link:
                    done = run(COMPARE, "report", results, option, name)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertIn(f"{results} would be overwritten; write to another file (see", done.stderr)
            self.assertTrue(filecmp.cmp(VERSION_1, results, shallow=False))

    def test_that_is_standard_input_is_not_overwritten_either(self):
        with tempfile.TemporaryDirectory() as folder:
            results = os.path.join(folder, "results.json")
            shutil.copy(VERSION_1, results)
            with open(results) as file:
                done = run(COMPARE, "report", "-", "--csv", results, stdin=file)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("standard input would be overwritten; write to another file (see", done.stderr)
            self.assertTrue(filecmp.cmp(VERSION_1, results, shallow=False))

    def test_cannot_be_standard_output(self):
        with tempfile.TemporaryDirectory() as folder:
            results = os.path.join(folder, "results.json")
            shutil.copy(VERSION_1, results)
            for words in ("report", results), ("diff", results, VERSION_1), ("diff", VERSION_1, results):
                with open(results, "a") as file:
                    done = subprocess.run((COMPARE, *words), stdout=file, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"{results} is also standard output; redirect that to another file (see", done.stderr)
                self.assertTrue(filecmp.cmp(VERSION_1, results, shallow=False))

    @each_program
    def test_of_a_server_is_not_overwritten_with_its_counters(self, program):
        with tempfile.TemporaryDirectory() as folder:
            config, link, socket_file = (os.path.join(folder, name) for name in ("config", "link", "socket"))
            with open(config, "w") as file:
                file.write("framing = line\n")
            os.symlink("config", link)
            name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
            for words, error in ((("--config", config, "--stats", link), f"--config and --stats name the same file, {link}"),
                                 (("--unix", socket_file, "--stats", socket_file),
                                  f"--unix and --stats name the same file, {socket_file}")):
                done = run(program, name, *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(error, done.stderr)
            with open(config, "a") as file:
                file.write(f"stats = {config}\n")
            done = run(program, name, "--config", config)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"--config and {config}:2: stats name the same file, {config}", done.stderr)


class AFileOfTheKernel(unittest.TestCase):
    def test_that_cannot_be_written_is_refused_with_the_kernels_reason(self):
        with self.assertRaises(OSError) as kernel, open("/proc/version", "wb", buffering=0) as file:
            file.write(b"x")
        reason = f"cannot write /proc/version: {kernel.exception.strerror}\n"
        for command in (COMPARE, *QUICK, "--csv"), (COMPARE, *QUICK, "--events"), (LOAD, "--hdr"), (RAW, "epoll", "--stats"):
            done = run(*command, "/proc/version")
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", f"{os.path.basename(command[0])}: {reason}"))


class ARemovedWorkingDirectory(unittest.TestCase):
    def run_in_it(self, *command):
        with tempfile.TemporaryDirectory() as folder:
            there = 'cd "$0" && mkdir removed && cd removed && rmdir ../removed && exec "$@"'
            return run("sh", "-c", there, folder, *command)

    def test_is_named_in_the_error(self):
        for words in ((COMPARE, "--csv"), (COMPARE, "--events"), (COMPARE, "monitor", "--json"), (RAW, "epoll", "--stats"),
                      (ASIO, "callbacks", "--stats"), (LOAD, "--hdr"), (COMPARE, "report", VERSION_1, "--csv"),
                      (COMPARE, "report")):
            done = self.run_in_it(*words, "file")
            name = os.path.basename(words[0])
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", f"{name}: cannot find file: the working directory was removed or cannot be reached: "
                                     "No such file or directory\n"))

    def test_does_not_matter_to_absolute_names(self):
        with tempfile.TemporaryDirectory() as folder:
            csv = os.path.join(folder, "csv")
            done = self.run_in_it(COMPARE, "report", VERSION_1, "--csv", csv, "--json", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(os.path.getsize(csv))


class LargeOutput(unittest.TestCase):
    def test_that_a_limit_forbids_is_an_error_and_the_tables_are_printed(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page.html")
            with subprocess.Popen((COMPARE, "report", VERSION_1, "--html", page), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, preexec_fn=limited) as report:
                tables, errors = report.communicate(timeout=PATIENCE)
            self.assertEqual((report.returncode, os.listdir(folder)), (1, []))
        self.assertIn("CPU µs/msg", tables)
        self.assertIn(f"cannot write {page}: File too large", errors)


class ASocketAsOutput(unittest.TestCase):
    def test_is_refused_before_anything_is_measured(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as bound:
            path = os.path.join(folder, "socket")
            bound.bind(path)
            for command in (COMPARE, "--json", path), (RAW, "epoll", "--stats", path):
                done = run(*command)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(f"cannot write {path}: No such device or address", done.stderr)


class ATemporaryFolder(unittest.TestCase):
    def test_of_a_killed_comparison_is_removed_by_the_next(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "TMPDIR": folder}
            command = (COMPARE, "--servers", "epoll", "--rounds", "100", "--seconds", "5", "--idle-memory", "0")
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as killed:
                wait_until(lambda: os.listdir(folder), "the comparison has a temporary folder")
                killed.kill()
                killed.wait(PATIENCE)
            self.assertTrue(os.listdir(folder))
            done = run(COMPARE, *QUICK, env=environment)
            self.assertEqual((done.returncode, os.listdir(folder)), (0, []), done.stderr)
