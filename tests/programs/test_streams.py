"""What is written to pipes and read from them: readers that go, read nothing, or have not come yet."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import tempfile
import termios
import unittest

from programs import ASIO, PATIENCE, RAW, Server, each_program, every_mechanism, run, wait_until, written_to

CLIENT, COMPARE, LOAD = (os.environ["IOMUX_" + name] for name in ("CLIENT", "COMPARE", "LOAD"))
PROGRAMS = [RAW, ASIO, CLIENT, LOAD, COMPARE] + [os.environ[name] for name in ("IOMUX_SERVE",) if name in os.environ]
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
VERSION_1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../compare/results/version_1.json")
ECHO = ("--service", "echo")
QUICK = ("--servers", "epoll", "--rounds", "1", "--seconds", "0.3", "--idle-memory", "0")


@contextlib.contextmanager
def unread_pipe():
    """The write end of a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def run_unread(*command, **options):
    """Runs a program whose standard output has no reader."""
    with unread_pipe() as writer:
        return subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False,
                              **options)


class StandardOutputWithoutAReader(unittest.TestCase):
    ANSWERS = [(program, word) for program in PROGRAMS for word in ("--help", "--version")]
    ANSWERS += [(RAW, "--list"), (COMPARE, "list"), (COMPARE, "report", VERSION_1), (COMPARE, "report", VERSION_1, "--csv", "-")]

    def test_ends_a_program_quietly(self):
        for words in self.ANSWERS:
            with self.subTest(words=words):
                done = run_unread(*words)
                tables = done.stderr if "-" in words else ""  # they yield to a file that is standard output
                self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, tables))

    def test_is_an_error_if_sigpipe_is_ignored(self):
        for words in self.ANSWERS:
            with self.subTest(words=words):
                done = run_unread(*words, restore_signals=False)  # Python ignores it
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr.splitlines()[-1],
                                 f"{os.path.basename(words[0])}: cannot write to standard output: Broken pipe")

    def test_leaves_the_other_outputs(self):
        with tempfile.TemporaryDirectory() as folder:
            results, csv = os.path.join(folder, "results.json"), os.path.join(folder, "csv")
            done = run_unread(COMPARE, "report", VERSION_1, "--json", results, "--csv", csv)
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))
            with open(results, encoding="utf-8") as file:
                self.assertIn("scenarios", json.load(file))
            self.assertTrue(os.path.getsize(csv))

    def test_ends_a_client_quietly(self):
        with Server(EPOLL) as server:
            done = run_unread(CLIENT, "--port", str(server.port), "--interval", "0")
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))

    def test_ends_a_run_with_samples_quietly(self):
        with Server(EPOLL, *ECHO) as server:
            done = run_unread(LOAD, "--port", str(server.port), "--live", "10ms", "--duration", "1000")
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))

    def test_leaves_the_percentiles_of_a_run_with_samples(self):
        with Server(EPOLL, *ECHO) as server, tempfile.TemporaryDirectory() as folder:
            hdr = os.path.join(folder, "hdr")
            done = run_unread(LOAD, "--port", str(server.port), "--live", "10ms", "--duration", "100ms", "--hdr", hdr)
            self.assertEqual((done.returncode, done.stderr),
                             (1, "iomux-load: cannot write to standard output: Broken pipe; the run goes on\n"))
            self.assertTrue(os.path.getsize(hdr))

    @each_program
    def test_is_reported_by_a_server_that_serves(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        for error, opened in (("Broken pipe", unread_pipe), ("No space left on device", lambda: open("/dev/full", "w"))):
            with tempfile.TemporaryDirectory() as folder, opened() as output:
                path = os.path.join(folder, "socket")
                with subprocess.Popen((program, name, "--unix", path), stdout=output, stderr=subprocess.PIPE, text=True) as server:
                    self.assertEqual(server.stderr.readline(),
                                     f"{os.path.basename(program)}: cannot write to standard output: {error}\n")
                    self.assertEqual(run(CLIENT, "--unix", path, "--connections", "1", "--count", "1").stdout, "0: hi_suffix\n")
                    server.send_signal(signal.SIGTERM)
                    self.assertEqual((server.wait(PATIENCE), server.stderr.read()), (1, ""))


class Events(unittest.TestCase):
    def assert_lost(self, errors, why):
        self.assertEqual([line for line in errors.splitlines() if "no more events" in line],
                         [f"iomux-compare: no more events: {why}; the measurement goes on"])

    def assert_complete(self, results):
        with open(results, encoding="utf-8") as file:
            written = json.load(file)
        self.assertFalse(written["partial"])
        self.assertTrue(written["scenarios"][0]["points"][0]["servers"][0]["rounds"])

    def test_without_a_reader_are_lost_alone(self):
        with tempfile.TemporaryDirectory() as folder, unread_pipe() as writer:
            results, events = os.path.join(folder, "results.json"), f"/dev/fd/{writer}"
            done = run(COMPARE, *QUICK, "--events", events, "--json", results, pass_fds=(writer,))
            self.assertEqual(done.returncode, 1)
            self.assert_lost(done.stderr, f"cannot write {events}: Broken pipe")
            self.assertIn("CPU µs/msg", done.stdout)
            self.assert_complete(results)

    def test_whose_reader_goes_are_lost_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo, results = os.path.join(folder, "fifo"), os.path.join(folder, "results.json")
            os.mkfifo(fifo)
            command = (COMPARE, "--servers", "epoll", "--rounds", "20", "--seconds", "0.05", "--idle-memory", "0",
                       "--events", fifo, "--json", results)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as comparison:
                with open(fifo, encoding="utf-8") as reader:
                    self.assertEqual(json.loads(reader.readline())["event"], "started")
                tables, errors = comparison.communicate(timeout=PATIENCE)
            self.assertEqual(comparison.returncode, 1)
            self.assert_lost(errors, f"cannot write {fifo}: Broken pipe")
            self.assertIn("CPU µs/msg", tables)
            self.assert_complete(results)

    def test_on_standard_output_without_a_reader_are_lost_alone(self):
        done = run_unread(COMPARE, *QUICK, "--events", "-")
        self.assertEqual(done.returncode, 1)
        self.assert_lost(done.stderr, "cannot write to standard output: Broken pipe")
        self.assertIn("CPU µs/msg", done.stderr)

    def test_on_a_full_disk_are_lost_alone(self):
        for command in (*QUICK,), ("trace", "--servers", "epoll"):
            done = run(COMPARE, *command, "--events", "/dev/full")
            self.assertEqual(done.returncode, 1)
            self.assert_lost(done.stderr, "cannot write /dev/full: No space left on device")
            self.assertTrue(done.stdout)


class AStartedServer(unittest.TestCase):
    def test_inherits_no_ignored_signal(self):
        with tempfile.TemporaryDirectory() as folder:
            seen = os.path.join(folder, "status")
            run(COMPARE, *QUICK, "--server", f"x=cp /proc/self/status {seen}; : {{port}}")
            with open(seen, encoding="ascii") as status:
                [ignored] = [int(line.split()[1], 16) for line in status if line.startswith("SigIgn:")]
            for number in signal.SIGPIPE, signal.SIGXFSZ:
                self.assertFalse(ignored >> (number - 1) & 1)


class AFifo(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(self.fifo)

    @contextlib.contextmanager
    def waiting(self, *command, for_a):
        """A program that has said that it waits for the other end of the FIFO."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                said = f"{os.path.basename(command[0])}: waiting for a {for_a} of {self.fifo}\n"
                self.assertIn(said, iter(process.stderr.readline, ""))
                yield process
            finally:
                process.kill()

    def test_whose_reader_comes_late_is_waited_for(self):
        with self.waiting(COMPARE, "report", VERSION_1, "--csv", self.fifo, for_a="reader") as report:
            with open(self.fifo, encoding="utf-8") as reader:
                self.assertTrue(reader.read().startswith("scenario,"))
            self.assertEqual((report.wait(PATIENCE), report.stderr.read()), (0, ""))

    def test_whose_writer_comes_late_is_waited_for(self):
        with self.waiting(COMPARE, "report", self.fifo, for_a="writer") as report:
            with open(VERSION_1, encoding="utf-8") as results, open(self.fifo, "w", encoding="utf-8") as writer:
                writer.write(results.read())
            self.assertIn("CPU µs/msg", report.communicate(timeout=PATIENCE)[0])
            self.assertEqual(report.returncode, 0)

    def test_with_both_ends_is_used_without_a_word(self):
        reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        with open(reader, encoding="utf-8") as reader:
            done = run(COMPARE, "report", VERSION_1, "--csv", self.fifo)
            self.assertEqual((done.returncode, done.stderr, reader.readline()[:9]), (0, "", "scenario,"))
        keeps = os.open(self.fifo, os.O_RDWR)  # so that what is written stays
        with open(VERSION_1, encoding="utf-8") as results, open(self.fifo, "w", encoding="utf-8") as writer:
            writer.write(results.read())
        reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        os.close(keeps)
        done = run(COMPARE, "report", self.fifo)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        os.close(reader)

    def assert_interrupted(self, process, end, status=130):
        self.assertEqual(process.wait(PATIENCE), status)
        self.assertEqual(process.stderr.read(), end)

    def test_without_a_reader_is_left_by_a_signal_with_the_other_outputs(self):
        csv = os.path.join(self.folder, "csv")
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            words = (COMPARE, "report", VERSION_1, "--json", self.fifo, "--csv", csv)
            with self.waiting(*words, for_a="reader") as report:
                report.send_signal(number)
                self.assert_interrupted(report, f"iomux-compare: interrupted while it waited for a reader of {self.fifo}\n")
                self.assertIn("CPU µs/msg", report.stdout.read())
            self.assertTrue(os.path.getsize(csv))
            os.unlink(csv)

    def test_without_a_reader_of_events_is_left_by_a_signal(self):
        with self.waiting(COMPARE, *QUICK, "--events", self.fifo, for_a="reader") as comparison:
            comparison.send_signal(signal.SIGTERM)
            self.assert_interrupted(comparison, f"iomux-compare: interrupted while it waited for a reader of {self.fifo}\n")

    def test_without_a_writer_is_left_by_a_signal(self):
        for words in ("report", self.fifo), ("diff", VERSION_1, self.fifo):
            with self.waiting(COMPARE, *words, for_a="writer") as report:
                report.send_signal(signal.SIGTERM)
                self.assert_interrupted(report, f"iomux-compare: interrupted while it waited for a writer of {self.fifo}\n")

    def test_for_percentiles_without_a_reader_is_left_by_a_signal_with_the_report(self):
        with Server(EPOLL, *ECHO) as server:
            words = (LOAD, "--port", str(server.port), "--duration", "50ms", "--hdr", self.fifo)
            with self.waiting(*words, for_a="reader") as load:
                load.send_signal(signal.SIGTERM)
                self.assert_interrupted(load, f"iomux-load: interrupted while it waited for a reader of {self.fifo}\n")
                self.assertIn("messages", load.stdout.read())

    @each_program
    def test_of_a_server_is_left_by_a_signal(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        with self.waiting(program, name, "--config", self.fifo, for_a="writer") as server:
            server.send_signal(signal.SIGTERM)
            self.assert_interrupted(server, "", status=-signal.SIGTERM)
        with open(os.path.join(self.folder, "log"), "w+b") as log:
            command = (program, name, "--port", "0", "--stats", self.fifo)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server:
                server.stdout.readline()
                server.send_signal(signal.SIGTERM)
                wait_until(lambda: f": waiting for a reader of {self.fifo}\n" in written_to(log), "the server waits")
                server.send_signal(signal.SIGTERM)
                self.assertEqual(server.wait(PATIENCE), 128 + signal.SIGTERM)

    def test_whose_reader_reads_nothing_is_left_by_a_signal(self):
        reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        capacity = fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ)

        def is_full():
            return int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, bytes(4)), "little") == capacity

        command = (COMPARE, "report", VERSION_1, "--html", self.fifo)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as report:
            wait_until(is_full, "the pipe is full")
            report.send_signal(signal.SIGTERM)
            self.assert_interrupted(report, f"iomux-compare: interrupted while it waited for the reader of {self.fifo}\n")
        os.close(reader)
