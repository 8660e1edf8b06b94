"""Comparisons with servers of the user: --server and --attach."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from comparisons import COMPARE, SHORT, compare
from programs import RAW, Server, every_mechanism, run, wait_until

EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))


class AttachedServers(unittest.TestCase):
    def test_are_measured_where_they_run_and_keep_running(self):
        with Server(EPOLL, "--service", "echo") as server:
            attached = f"mine={server.process.pid}@127.0.0.1:{server.port}"
            done, servers = compare("--servers", "minimal", "--attach", attached, "--rounds", "2",
                                    "--idle-memory", "100")
            self.assertTrue(server.is_listening())
        self.assertEqual(done.returncode, 0, done.stderr)
        mine = servers["mine"]
        self.assertEqual((mine["origin"], mine["path"]), ("attached", attached.partition("=")[2]))
        self.assertEqual(len(mine["rounds"]), 2)
        self.assertGreater(mine["rounds"][0]["process_cpu_seconds"], 0)
        self.assertEqual(mine["idle_connection"]["connections"], 100)
        self.assertIn("interrupts on the cores are not charged to the server: mine.", done.stdout)
        self.assertIn("Never restarted, so the interval is of this process alone: mine.", done.stdout)

    def test_by_the_wrong_process_have_failed(self):
        for measured in ((), ("--sessions", "2")):
            with self.subTest(measured), Server(EPOLL, "--service", "echo") as server, \
                    subprocess.Popen(["sleep", "1000"]) as other:
                self.addCleanup(other.kill)
                address = f"127.0.0.1:{server.port}"
                options = ("--servers", "minimal", "--attach", f"mine={other.pid}@{address}")
                if measured:
                    done, results = compare_in_sessions(*measured, *options[2:])
                    servers = {one["title"]: one for one in results["scenarios"][0]["points"][0]["servers"]}
                else:
                    done, servers = compare(*options)
                other.kill()
                self.assertEqual(done.returncode, 1, done)
                self.assertEqual(servers["mine"]["failed"],
                                 f"process {other.pid} (sleep) does not listen on {address}; process "
                                 f'{server.process.pid} (iomux-raw) does: --attach "mine={server.process.pid}@{address}"')
                self.assertIsNone(servers["mine"]["medians"])

    def test_that_are_stopped_have_failed(self):
        with Server(EPOLL, "--service", "echo") as server:
            server.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
            _, servers = compare("--servers", "minimal", "--attach", f"mine={server.process.pid}@127.0.0.1:{server.port}")
        pid = server.process.pid
        self.assertEqual(servers["mine"]["failed"], f"process {pid} (iomux-raw) is stopped, so it answers nothing; continue it "
                                                    f"first: kill -CONT {pid}")

    def test_that_do_not_listen_have_failed(self):
        done, servers = compare("--servers", "minimal", "--attach", f"mine={os.getpid()}@127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("onnection refused", servers["mine"]["failed"])

    def test_are_refused_without_such_a_process_or_address(self):
        own = os.getpid()
        for attached, saying in (("mine=4194305@127.0.0.1:80", "no process has the ID 4194305"),
                                 ("mine=1@80", "expected NAME=PID@HOST:PORT"),
                                 ("mine=nginx@127.0.0.1:80", "PID: expected a whole number from 1 to 2147483647"),
                                 (f"mine={own}@127.0.0.1:0", "PORT: expected a whole number from 1 to 65535"),
                                 (f"mine={own}@nowhere.invalid:80", "cannot resolve nowhere.invalid: "),
                                 (f"mine={own}@[::1:80", "cannot resolve [::1: "),
                                 (f"mine={own}@[127.0.0.1]:80", "only an IPv6 address can have brackets")):
            with self.subTest(attached):
                done = run(COMPARE, "--attach", attached)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(saying, done.stderr)
                self.assertRegex(done.stderr, rf'\Aiomux-compare: --attach "{re.escape(attached)}": .*\n\Z')

    def test_are_refused_with_the_id_of_a_thread(self):
        with Server(EPOLL, "--threads", "2") as server:
            pid = server.process.pid
            # A server may say that it listens before its other threads run.
            wait_until(lambda: len(os.listdir(f"/proc/{pid}/task")) == 2, "the server has two threads")
            [thread] = {int(one) for one in os.listdir(f"/proc/{pid}/task")} - {pid}
            attached = f"mine={thread}@127.0.0.1:{server.port}"
            done = run(COMPARE, "--attach", attached)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, "", f'iomux-compare: --attach "{attached}": {thread} is a thread of process {pid} '
                                     "(iomux-raw); give the ID of the process (see iomux-compare --help)\n"))

    def test_are_refused_if_the_process_may_not_be_observed(self):
        try:
            os.listdir("/proc/1/fd")
            os.readlink("/proc/1/exe")
        except PermissionError as denied:
            saying = ("cannot read /proc/1/fd: Permission denied; run as the user of that process or as root"
                      if denied.filename == "/proc/1/fd"
                      else "cannot observe process 1: Permission denied; attach a process of your own user")
        else:
            self.skipTest("this user may observe process 1")
        done = run(COMPARE, "--attach", "mine=1@127.0.0.1:80")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(saying, done.stderr)


# Listens beside others, and lets the kernel choose the one with this index (in the order in which they began to listen)
# for every connection: a program of classic BPF that returns a constant.
LISTENING_BESIDE = """
import ctypes, socket, socketserver, struct, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while message := self.request.recv(65536):
            self.request.sendall(message)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()
server = Server(("127.0.0.1", int(sys.argv[1])), Echo)
program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, int(sys.argv[2])))  # BPF_RET | BPF_K
SO_ATTACH_REUSEPORT_CBPF = 51
server.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, struct.pack("HP", 1, ctypes.addressof(program)))
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class AttachedServersThatShareAPort(unittest.TestCase):
    """Of processes that have nothing else in common (SO_REUSEPORT)."""

    def start(self, port, index):
        """A process that listens, and its port."""
        process = subprocess.Popen((sys.executable, "-c", LISTENING_BESIDE, str(port), str(index)), stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process, int(process.stdout.readline())

    def start_two(self):
        """The attached one, which serves no client, the other, and their address."""
        idle, port = self.start(0, 0)
        busy, _ = self.start(port, 1)
        return idle, busy, f"127.0.0.1:{port}"

    def test_are_measured_together(self):
        idle, _, address = self.start_two()
        attached = ("--attach", f"mine={idle.pid}@{address}")
        done, servers = compare("--servers", "minimal", *attached)
        self.assertEqual(done.returncode, 0, done)
        self.assertGreater(servers["mine"]["rounds"][0]["process_cpu_seconds"], 0)
        done, results = compare_in_sessions(*attached, "--warmup", "0")
        self.assertEqual(done.returncode, 0, done)
        mine = next(one for one in results["scenarios"][0]["points"][0]["servers"] if one["title"] == "mine")
        self.assertEqual([one["process_cpu_seconds"] > 0 for one in mine["rounds"]], [True, True])

    def test_have_failed_if_one_of_them_is_stopped(self):
        idle, busy, address = self.start_two()
        busy.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, busy.pid, os.WSTOPPED)
        done, servers = compare("--servers", "minimal", "--attach", f"mine={idle.pid}@{address}")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(servers["mine"]["failed"], rf"\Aprocess {busy.pid} \(.+\), which also listens on {address}, is "
                                                    rf"stopped, so it answers nothing; continue it first: kill -CONT {busy.pid}\Z")

    def test_are_not_compared_with_each_other(self):
        one, other, address = self.start_two()
        done = run(COMPARE, "--attach", f"one={one.pid}@{address}", "--attach", f"other={other.pid}@{address}")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (2, "", f'iomux-compare: --attach "other={other.pid}@{address}": "one" has the same address, and all '
                                 "processes that listen there are measured as one server; attach only one of them (see "
                                 "iomux-compare --help)\n"))


# Accepts one connection, stops listening, and then does what its second argument says.
ACCEPTING_ONCE = """
import os, socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    client, _ = listener.accept()
client.recv(1)
client.close()
if sys.argv[2] == "stay":
    sys.stdin.read()
"""


class AServerThatAcceptsOnce(unittest.TestCase):
    def test_fails_with_that_reason(self):
        for then, reason in (("end", ", and has ended: exit 0"), ("stay", "")):
            with self.subTest(then), tempfile.TemporaryDirectory() as folder:
                script = Path(folder, "once.py")
                script.write_text(ACCEPTING_ONCE, encoding="utf-8")
                waits = "" if then == "end" else "tail -f /dev/null | "
                _, servers = compare("--servers", "minimal",
                                     "--server", f"mine={waits}{sys.executable} {script} {{port}} {then}")
                self.assertRegex(servers["mine"]["failed"],
                                 rf"\Ait stopped listening on 127\.0\.0\.1:\d+ after one connection{reason}; a comparison "
                                 r'needs a server that accepts more \(socat does with "fork"\)\Z')


class StartTimeout(unittest.TestCase):
    def test_ends_the_wait_for_a_server_that_does_not_listen(self):
        done, servers = compare("--servers", "minimal", "--server", "deaf=sleep 60; : {port}", "--start-timeout", "20ms")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(servers["deaf"]["failed"], r"\Anot listening after 20ms on 127\.0\.0\.1:\d+; "
                                                    r"if it needs longer to start, use --start-timeout\Z")

    def test_is_refused_without_a_server_of_the_user_or_if_it_is_zero(self):
        for options, saying in ((("--start-timeout", "9s"), "--start-timeout requires --server"),
                                (("--start-timeout", "0", "--server", "mine=serve {port}"),
                                 "--start-timeout must be more than 0")):
            done = run(COMPARE, *options)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, "", f"iomux-compare: {saying} (see iomux-compare --help)\n"))


def compare_in_sessions(*options):
    """The finished run, and its JSON. Besides the servers of the options, it measures epoll."""
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "results.json")
        done = run(COMPARE, "--sessions", "2", "--slice", "5ms", "--connections", "4", "--idle-memory", "0",
                   "--servers", "epoll", *options, "--json", file)
        with open(file, encoding="utf-8") as results:
            return done, json.load(results)


class ForkingServers(unittest.TestCase):
    def test_are_measured_in_sessions_with_a_process_for_each_connection(self):
        command = f"{sys.executable} {Path(__file__).with_name('forking_server.py')} {{port}}"
        done, results = compare_in_sessions("--server", f"mine={command}", "--warmup", "0")
        self.assertEqual(done.returncode, 0, done)
        point = results["scenarios"][0]["points"][0]
        self.assertIsNotNone(point["slice_seconds"], point["why_windows"])
        mine = next(one for one in point["servers"] if one["title"] == "mine")
        self.assertEqual(len(mine["rounds"]), 2)
        for one in mine["rounds"]:
            self.assertGreater(one["process_cpu_seconds"], 0)

    def test_are_measured_with_their_ended_processes_if_each_message_has_a_process(self):
        command = f"{sys.executable} {Path(__file__).with_name('forking_server.py')} {{port}} wait"
        done, servers = compare("--servers", "minimal", "--server", f"mine={command}", "--churn", "--rounds", "2")
        self.assertEqual(done.returncode, 0, done)
        self.assertIsNone(servers["mine"]["failed"])
        for one in servers["mine"]["rounds"]:
            self.assertGreater(one["process_cpu_seconds"], 0)

    @unittest.skipIf(shutil.which("socat") is None, "socat is not installed")
    def test_of_the_help_are_measured(self):
        server = re.search(r"--server '(mine=socat .+)'", run(COMPARE, "--help").stdout).group(1)
        for churn in (), ("--churn",):
            with self.subTest(churn):
                done, servers = compare("--servers", "minimal", "--server", server, *churn)
                self.assertEqual(done.returncode, 0, done)
                self.assertGreater(servers["mine"]["rounds"][0]["process_cpu_seconds"], 0)

    def test_are_not_measured_in_sessions_if_each_message_has_a_process(self):
        for end in "wait", "":
            with self.subTest(end):
                command = f"{sys.executable} {Path(__file__).with_name('forking_server.py')} {{port}} {end}"
                done, results = compare_in_sessions("--server", f"mine={command}", "--warmup", "0", "--churn")
                point = results["scenarios"][0]["points"][0]
                self.assertEqual(point["why_windows"], "mine starts or ends processes meanwhile", done)
                mine = next(one for one in point["servers"] if one["title"] == "mine")
                if end:
                    self.assertIsNone(mine["failed"], done)
                    self.assertEqual(len(mine["rounds"]), 2)  # as many as sessions
                else:
                    self.assertRegex(mine["failed"], r"\Aprocess \d+ \(.+\) starts processes that end meanwhile, and "
                                     r"ignores SIGCHLD, so the kernel does not report their CPU time")


class ServersThatLeaveTheirCommand(unittest.TestCase):
    """In a session of their own, or without a parent."""

    def test_are_measured_and_ended(self):
        time = f"47110.{os.getpid()}s"  # of no other process
        server = f"{RAW} epoll --service echo --port {{port}} --idle-timeout {time}"
        for command in (f"setsid {server} & wait", f"(setsid {server} &); exec sleep 1000", f"setsid {server} &"):
            for how in (), ("--sessions", "2", "--slice", "5ms"):
                with self.subTest(command, how=how):
                    words = [] if how else ["--rounds", "1", "--seconds", "0.25"]
                    with tempfile.TemporaryDirectory() as folder:
                        file = os.path.join(folder, "results.json")
                        done = run(COMPARE, *how, *words, "--connections", "4", "--idle-memory", "20", "--warmup", "0",
                                   "--servers", "minimal", "--server", f"mine={command}", "--json", file)
                        with open(file, encoding="utf-8") as results:
                            servers = json.load(results)["scenarios"][0]["points"][0]["servers"]
                    mine = next(one for one in servers if one["title"] == "mine")
                    self.assertEqual(done.returncode, 0, done)
                    for one in mine["rounds"]:
                        self.assertGreater(one["process_cpu_seconds"], 0)
                    self.assertEqual(mine["idle_connection"]["connections"], 20)
                    self.assertEqual(processes_with(time), [])

    @unittest.skipIf(os.getuid() != 0 or shutil.which("setpriv") is None, "this user cannot become another one")
    def test_are_named_if_they_cannot_be_ended(self):
        other_user = ("setpriv", "--reuid", "47110", "--regid", "47110", "--clear-groups")
        if run(*other_user, "test", "-x", COMPARE).returncode != 0:
            self.skipTest("another user may not run the programs")
        time = f"47112.{os.getpid()}"  # of no other process
        with tempfile.TemporaryDirectory() as folder:
            os.chown(folder, 0, 47110)
            os.chmod(folder, 0o750)
            becomes_root = os.path.join(folder, "setpriv")
            shutil.copy(shutil.which("setpriv"), becomes_root)
            os.chown(becomes_root, 0, 47110)
            os.chmod(becomes_root, 0o4750)  # only for that user
            command = (f"{becomes_root} --reuid 0 --regid 0 --clear-groups sleep {time} & "
                       f"exec {RAW} epoll --service echo --port {{port}}")
            done = run(*other_user, COMPARE, *SHORT, "--servers", "minimal", "--server", f"mine={command}", cwd="/")
        survivors = processes_with(time)
        for process in survivors:
            os.kill(process, signal.SIGKILL)
        if not survivors:
            self.skipTest("programs do not become root here")
        self.assertEqual(done.returncode, 0, done)
        for process in survivors:
            self.assertIn(f'iomux-compare: warning: process {process} (sleep), which "mine" has started, still runs: cannot '
                          "kill it: Operation not permitted\n", done.stderr)

    def test_have_failed_if_a_process_listens_that_the_command_did_not_start(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "asks")
            with socket.socket(socket.AF_UNIX) as asked:
                asked.bind(path)
                asked.listen()
                threading.Thread(target=listen_when_asked, args=(asked,), daemon=True).start()
                ask_for = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{path}'); s.send(b'{{port}}'); s.recv(1)"
                done, servers = compare("--servers", "minimal", "--server", f'mine={sys.executable} -c "{ask_for}"')
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(servers["mine"]["failed"], rf"\Aprocess {os.getpid()} \(.+\) listens on 127\.0\.0\.1:\d+, but the "
                         r"command did not start it; start it yourself, and use --attach\Z")


def listen_when_asked(asked):
    """Opens a listener on the port that a client of the Unix socket names, for one client after the other."""
    while True:
        client, _ = asked.accept()
        with client, socket.create_server(("127.0.0.1", int(client.recv(16)))):
            client.recv(1)  # until the client has ended


def processes_with(word):
    """The processes that have the word among their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if word.encode() in Path("/proc", pid, "cmdline").read_bytes().split(b"\0"):
                found.append(int(pid))
    return found


class WarmUp(unittest.TestCase):
    """Of servers of the user, in sessions."""

    def test_is_repeated_unless_the_server_keeps_running(self):
        brought = f"mine={RAW} epoll --service echo --port {{port}}"
        with Server(EPOLL, "--service", "echo") as server:
            attached = f"theirs={server.process.pid}@127.0.0.1:{server.port}"
            done, results = compare_in_sessions("--server", brought, "--attach", attached, "--warmup", "20ms")
        self.assertEqual(done.returncode, 0, done)
        point = results["scenarios"][0]["points"][0]
        servers = {one["title"]: one for one in point["servers"]}
        self.assertIsNotNone(point["slice_seconds"], point["why_windows"])
        self.assertEqual((results["options"]["sessions"]["warmup_seconds"], point["work"]["warmup_seconds"]), (0.02, 0.02))
        for name, warmup, times in (("epoll", None, [0, 0]), ("mine", {"seconds": 0.02, "settled": None}, [20, 20]),
                                    ("theirs", {"seconds": 0.02, "settled": None}, [0, 0])):
            self.assertEqual(servers[name]["warmup"], warmup)
            self.assertEqual([one["load"]["warmup_ms"] for one in servers[name]["rounds"]], times)
        self.assertIn("Warm-up before each session: mine 0.02 s.\nWarm-up before the first session: theirs 0.02 s.\n",
                      done.stdout)

    def test_may_be_left_out(self):
        _, results = compare_in_sessions("--server", f"mine={RAW} epoll --service echo --port {{port}}", "--warmup", "0")
        servers = {one["title"]: one for one in results["scenarios"][0]["points"][0]["servers"]}
        self.assertIsNone(servers["mine"]["warmup"])

    def test_is_not_longer_than_a_minute(self):
        for command in (), ("run",):
            done = run(COMPARE, *command, "--warmup", "61s")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("--warmup must be at most 1m", done.stderr)
