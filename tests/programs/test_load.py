"""The load generator over connections."""

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from programs import PATIENCE, RAW, Server, count_sockets, every_mechanism, refused_port, run, wait_until

LOAD, CLIENT = os.environ["IOMUX_LOAD"], os.environ["IOMUX_CLIENT"]
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
SHORT = ("--warmup", "10ms", "--duration", "200ms", "--connections", "4")


def is_caught_by(pid, number):
    with open(f"/proc/{pid}/status") as status:
        [caught] = [int(line.split()[1], 16) for line in status if line.startswith("SigCgt:")]
    return bool(caught >> (number - 1) & 1)


class WithoutAPortOfItsOwn(unittest.TestCase):
    """More connections than the kernel has ports for them."""

    IN_A_SMALL_NETWORK = ("unshare", "--net", "sh", "-c",
                          'echo 30000 30005 > /proc/sys/net/ipv4/ip_local_port_range && exec "$0" "$@"')
    # A network of its own has no interface that is up, so that this process brings up its loopback interface.
    WITH_A_SERVER = """
import fcntl, socket, struct, subprocess, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
with subprocess.Popen(sys.argv[1:3] + ["--port", "30000", *sys.argv[3].split()], stdout=subprocess.PIPE) as server:
    server.stdout.readline()
    status = subprocess.run(sys.argv[4:]).returncode
    server.terminate()
sys.exit(status)
"""

    def test_says_so(self):
        if run(*self.IN_A_SMALL_NETWORK, "true").returncode != 0:
            self.skipTest("this user cannot have a network namespace of its own")
        for program in LOAD, CLIENT:
            for udp, answer in (((), "Cannot assign requested address"), (("--udp",), "Resource temporarily unavailable")):
                with self.subTest(program=os.path.basename(program), udp=udp):
                    done = run(*self.IN_A_SMALL_NETWORK, sys.executable, "-c", self.WITH_A_SERVER, RAW, "epoll",
                               " ".join(("--service echo", *udp)), program, "--service", "echo", "--port", "30000", "--connections", "20", *udp)
                    self.assertEqual(done.returncode, 1, done)
                    self.assertRegex(done.stderr, rf"cannot connect to 127\.0\.0\.1:30000: {answer}; no local port is left; use "
                                                  r"fewer connections, or widen the range of ports \(sysctl "
                                                  r"net\.ipv4\.ip_local_port_range\)\n\Z")


# Echoes one message. Of the next it returns a byte from time to time.
TRICKLING_SERVER = """
import select, socket
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        message = client.recv(1024, socket.MSG_WAITALL)
        client.sendall(message)
        while message := client.recv(1024, socket.MSG_WAITALL):
            for byte in message:
                if select.select([client], [], [], 0.1)[0]:
                    break
                client.sendall(bytes([byte]))
"""


class AServerThatIsTooSlow(unittest.TestCase):
    def test_is_an_error_with_the_reason_and_ends_the_run(self):
        with subprocess.Popen((sys.executable, "-c", TRICKLING_SERVER), stdout=subprocess.PIPE, text=True) as server:
            self.addCleanup(server.kill)
            port = server.stdout.readline().strip()
            done = run(LOAD, "--port", port, "--connections", "1", "--size", "1K", "--warmup", "1ms", "--duration", "1ms")
            server.kill()
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("iomux-load: warning: 1 request was not finished 5 s after the measurement\n", done.stderr)
        self.assertRegex(done.stderr, r"(?m)^iomux-load: no message was answered in the measurement of \d\S* s; use a longer "
                                      r"--duration, or a smaller --size$")


class Load(unittest.TestCase):
    def load(self, *options, **popen):
        with Server(EPOLL, "--service", "echo") as server:
            return run(LOAD, "--port", str(server.port), *SHORT, *options, **popen)

    def report(self, *options):
        done = self.load(*options, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_in_a_closed_loop_reports_no_open_loop(self):
        report = self.report()
        self.assertGreater(report["messages"], 0)
        self.assertIsNone(report["open_loop"])

    def test_at_a_rate_sends_at_that_rate(self):
        loop = self.report("--rate", "1000", "--arrivals", "fixed")["open_loop"]
        self.assertEqual((loop["rate"], loop["arrivals"]), (1000, "fixed"))
        self.assertGreaterEqual(loop["due"], 199)
        self.assertGreater(loop["sent"], 0)

    def test_at_a_rate_prints_how_punctual_it_was(self):
        done = self.load("--rate", "1000")
        self.assertRegex(done.stdout, r"(?m)^open loop 1,000 per second, exponential: \d+ due, \d+ sent, .* unsent$")

    def test_sends_random_sizes_in_every_loop(self):
        for options in (), ("--rate", "1000"), ("--churn",):
            with self.subTest(options):
                report = self.report("--size", "exponential:256B", "--seed", "7", *options)
                self.assertEqual(report["sizes"], "exponential:256")
                self.assertAlmostEqual(report["size"], 256, delta=1)
                self.assertGreater(report["messages"], 0)

    def test_sends_no_size_above_the_limit(self):
        report = self.report("--framing", "length", "--max-message", "64", "--size", "exponential:60")
        self.assertLess(report["size"], 60)

    def test_shares_its_work_over_threads(self):
        for options in (), ("--rate", "1000"):
            report = self.report("--threads", "2", *options)
            self.assertEqual(report["threads"], 2)
            self.assertGreater(report["messages"], 0)

    def test_reports_the_error_of_one_thread_once(self):
        done = run(LOAD, "--unix", "/nowhere/socket", "--threads", "4", "--connections", "64", "--duration", "100m")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-load: cannot connect to unix:/nowhere/socket: .*\n\Z")

    def test_with_churn_uses_a_new_connection_for_every_message(self):
        for options in ((), ("--rate", "200")):
            report = self.report("--churn", *options)
            self.assertIs(report["churn"], True)
            self.assertGreater(report["messages"], 0)

    def test_prints_live_samples(self):
        for how in ((), ("--churn",), ("--rate", "2000")):
            done = self.load(*how, "--mark-window", "--live", "50ms", "--json", stdin=subprocess.DEVNULL)
            lines = done.stdout.splitlines()
            self.assertEqual((lines[0], lines[-2]), ("measuring", "measured"))
            samples = [json.loads(line.removeprefix("sample ")) for line in lines[1:-2]]
            counts = [sample["messages"] for sample in samples] + [json.loads(lines[-1])["messages"]]
            self.assertGreater(len(counts), 1)
            self.assertEqual(counts, sorted(counts))
            self.assertTrue(all(sample["p50_us"] is None or sample["p50_us"] > 0 for sample in samples))


class Overloading(unittest.TestCase):
    """The server takes a millisecond for each message, so that far more are due than it can answer."""

    CONNECTIONS, SECONDS = 4, 0.2

    def report(self, *options, rate=100_000):
        with Server(EPOLL, "--service", "echo", "--work", "sleep:1ms") as server:
            done = run(LOAD, "--port", str(server.port), "--connections", str(self.CONNECTIONS), "--warmup", "100ms",
                       "--duration", f"{self.SECONDS}s", "--json", "--rate", str(rate), *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def assert_adds_up(self, report, depth=1):
        loop = report["open_loop"]
        self.assertLessEqual(loop["unsent"], loop["due"])
        self.assertEqual(loop["sent"] + loop["unsent"], loop["due"])
        self.assertLessEqual(loop["late"], loop["sent"])
        self.assertLessEqual(loop["backlog_sent"], loop["backlog"])
        answered_or_not = report["messages"] + loop["answered_later"] + loop["unanswered"]
        in_flight_at_begin = answered_or_not - loop["due"] - loop["backlog"]
        self.assertGreaterEqual(in_flight_at_begin, 0)
        self.assertLessEqual(in_flight_at_begin, self.CONNECTIONS * depth)
        self.assertEqual(sum(count for _, count in report["histogram_ns"]), answered_or_not)

    def test_reports_figures_that_add_up(self):
        for options in (), ("--threads", "2"), ("--churn",), ("--depth", "8"), ("--size", "exponential:64"):
            with self.subTest(options):
                report = self.report(*options)
                self.assert_adds_up(report, depth=8 if "--depth" in options else 1)
                self.assertGreater(report["open_loop"]["backlog"], 0)
                self.assertGreater(report["open_loop"]["unsent"], 0)

    def test_reports_as_many_due_as_the_rate_and_the_time_make(self):
        for options in (), ("--threads", "2"), ("--churn",):
            with self.subTest(options):
                report = self.report("--arrivals", "fixed", *options)
                self.assert_adds_up(report)
                # One may be sent early, and one is just due, in each thread.
                tolerance = 2 * report["threads"]
                self.assertGreaterEqual(report["open_loop"]["due"], 100_000 * self.SECONDS - tolerance)
                # The length is read after the requests were counted, and so much later on a busy machine.
                self.assertLessEqual(report["open_loop"]["due"], 100_000 * report["seconds"] + tolerance)

    def test_prints_the_backlog(self):
        with Server(EPOLL, "--service", "echo", "--work", "sleep:1ms") as server:
            done = run(LOAD, "--port", str(server.port), "--connections", "4", "--warmup", "100ms", "--duration", "100ms",
                       "--rate", "100000")
        self.assertRegex(done.stdout, r"(?m)^open loop 100,000 per second, exponential: [\d,]+ due, \d+ sent, "
                                      r"\d+ of them over 1,000 µs late, [\d,]+ unsent\n"
                                      r"backlog   [\d,]+ were due before the measurement and unsent when it began; "
                                      r"\d+ of them sent in it$")


class Interrupting(unittest.TestCase):
    """A signal ends the run. What was measured so far is printed, and that the run was interrupted."""

    STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupted(self, number, *options, server_options=("--udp",)):
        """The output after the mark, and the error output, of a run that was interrupted in its window."""
        with Server(EPOLL, "--service", "echo", *server_options) as server:
            command = (LOAD, "--port", str(server.port), "--connections", "4", "--warmup", "0", "--duration", "10m",
                       "--mark-window", *options)
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True) as load:
                try:
                    self.assertEqual(load.stdout.readline(), "measuring\n")
                    if "--live" in options:
                        while json.loads(load.stdout.readline().removeprefix("sample "))["messages"] == 0:
                            pass
                    load.send_signal(number)
                    output, errors = load.communicate(timeout=PATIENCE)
                finally:
                    load.kill()
        self.assertEqual(load.returncode, 130, errors)
        return output.partition("measured\n")[2], errors

    def test_prints_what_was_measured(self):
        for number in self.STOPS:
            with self.subTest(number):
                output, errors = self.interrupted(number, "--live", "10ms")
                self.assertEqual(errors, "")
                self.assertRegex(output, r"\AInterrupted after \d+\.\d\d s of 600 s\. These are the results so far\.\n"
                                         r"4 connections x 64 bytes, .*; \d+\.\d\d s\n"
                                         r"messages  [\d,]+ per second \([1-9][\d,]* answered\)\n")

    def test_is_a_member_of_the_json(self):
        for number in self.STOPS:
            for options in (), ("--rate", "1000"), ("--churn",), ("--udp",):
                with self.subTest(number=number, options=options):
                    report = json.loads(self.interrupted(number, *options, "--live", "10ms", "--json")[0].splitlines()[-1])
                    self.assertIs(report["interrupted"], True)
                    self.assertIsNone(report["error"])
                    self.assertGreater(report["messages"], 0)
                    self.assertGreater(report["seconds"], 0)
                    self.assertLess(report["seconds"], 600)

    def test_ends_every_thread(self):
        for options in (), ("--rate", "1000"):
            with self.subTest(options):
                report = json.loads(self.interrupted(signal.SIGINT, "--threads", "2", "--json", *options)[0])
                self.assertIs(report["interrupted"], True)
                self.assertIsNone(report["error"])

    def test_leaves_figures_that_add_up(self):
        for options in (), ("--threads", "2"), ("--churn",):
            with self.subTest(options):
                output, _ = self.interrupted(signal.SIGINT, "--rate", "100000", "--json", *options,
                                             server_options=("--work", "sleep:1ms"))
                loop = json.loads(output)["open_loop"]
                self.assertEqual(loop["sent"] + loop["unsent"], loop["due"])

    def interrupted_in_its_warm_up(self, *options):
        """What it has written to standard output and to standard error."""
        with Server(EPOLL, "--service", "echo") as server:
            before = count_sockets(server.process.pid)
            with subprocess.Popen((LOAD, "--port", str(server.port), "--warmup", "10m", *options),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
                wait_until(lambda: count_sockets(server.process.pid) > before, "the load has connected")
                load.send_signal(signal.SIGINT)
                written = load.communicate(timeout=PATIENCE)
        self.assertEqual(load.returncode, 130)
        return written

    def test_before_the_measurement_leaves_no_figures(self):
        for options in (), ("--rate", "1000"), ("--threads", "2"), ("--churn",):
            with self.subTest(options):
                self.assertEqual(self.interrupted_in_its_warm_up(*options),
                                 ("Interrupted before the measurement began.\n", ""))

    def test_is_said_on_standard_error_if_standard_output_has_percentiles(self):
        self.assertEqual(self.interrupted_in_its_warm_up("--hdr", "-"),
                         ("", "Interrupted before the measurement began.\n"))

    def test_while_it_reads_a_plan_is_said(self):
        with subprocess.Popen((LOAD, "--conduct"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as load:
            # It catches the signals before it reads.
            wait_until(lambda: is_caught_by(load.pid, signal.SIGTERM), "the load catches the signal")
            load.send_signal(signal.SIGTERM)
            # communicate() would end the input.
            self.assertEqual(load.stderr.read(), "iomux-load: interrupted while it read the plan from standard input\n")
            self.assertEqual(load.stdout.read(), "")
        self.assertEqual(load.returncode, 130)

    def test_while_the_backlog_of_a_unix_socket_is_full_is_said(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener, \
                socket.socket(socket.AF_UNIX) as first:
            path = os.path.join(folder, "socket")
            listener.bind(path)
            listener.listen(0)
            first.connect(path)
            with subprocess.Popen((LOAD, "--unix", path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as load:
                wait_until(lambda: is_caught_by(load.pid, signal.SIGTERM), "the load catches the signal")
                load.send_signal(signal.SIGTERM)
                self.assertEqual(load.communicate(timeout=PATIENCE), ("Interrupted before the measurement began.\n", ""))
        self.assertEqual(load.returncode, 130)

    def test_ends_turns_with_a_report_for_each_server(self):
        for number in self.STOPS:
            with self.subTest(number), Server(EPOLL, "--service", "echo") as server, subprocess.Popen(
                    (LOAD, "--conduct", "--connections", "4"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    text=True) as load:
                load.stdin.write(json.dumps({"cycles": 1_000_000, "warmup_cycles": 0, "slice_ms": 1, "targets":
                                             [{"name": "epoll", "port": server.port}]}) + "\n")
                load.stdin.flush()
                self.assertIn("cycle", json.loads(load.stdout.readline()))
                load.send_signal(number)
                report = json.loads(load.communicate(timeout=PATIENCE)[0].splitlines()[-1])
                self.assertEqual((report["name"], report["interrupted"]), ("epoll", True))
                self.assertGreater(report["messages"], 0)
                self.assertEqual(load.returncode, 130)


class Conducting(unittest.TestCase):
    """Several servers in turns."""

    PLAN = {"cycles": 3, "warmup_cycles": 1, "slice_ms": 5, "prelude_ms": 1}

    def conduct(self, targets, *options, connections=4):
        return run(LOAD, "--conduct", "--connections", str(connections), *options,
                   input=json.dumps({**self.PLAN, "targets": targets}))

    def turns_and_reports(self, server_options, *options):
        """Of two servers. The load has sent what they have received."""
        with tempfile.TemporaryDirectory() as folder:
            stats = [os.path.join(folder, name) for name in ("first", "second")]
            with contextlib.ExitStack() as servers:
                started = [servers.enter_context(Server(EPOLL, *server_options, "--stats", file)) for file in stats]
                listening = [count_sockets(server.process.pid) for server in started]
                done = self.conduct([{"name": f"server {number}", "port": server.port,
                                      "processes": [server.process.pid]} for number, server in enumerate(started)],
                                    *options)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                for server, before in zip(started, listening):
                    # It closes a connection once it has read everything.
                    wait_until(lambda: count_sockets(server.process.pid) == before, "all connections are closed")
                    server.send_signal(signal.SIGTERM)
                    self.assertEqual(server.process.wait(PATIENCE), 0)
            received = []
            for file in stats:
                with open(file) as counters:
                    received.append(json.load(counters)["bytes_received"])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([report["bytes_sent_in_all"] for report in lines[-2:]], received)
        return lines[:-2], lines[-2:]

    def test_measures_each_server_in_turns(self):
        turns, reports = self.turns_and_reports(("--service", "echo"))
        self.assertEqual([turn["cycle"] for turn in turns], [0, 0, 1, 1, 2, 2])
        for number, report in enumerate(reports):
            own = [turn for turn in turns if turn["target"] == number]
            self.assertEqual((report["target"], report["name"], report["error"]), (number, f"server {number}", None))
            self.assertIs(report["paused"], False)
            self.assertGreaterEqual(report["cpu_share_between"], 0)
            self.assertEqual(report["messages"], sum(turn["messages"] for turn in own))
            for turn in own:
                self.assertGreater(turn["messages"], 0)
                self.assertGreater(turn["cpu_ns"], 0)

    def test_measures_a_service_without_answers(self):
        turns, reports = self.turns_and_reports(("--service", "discard"), "--service", "discard")
        self.assertEqual(len(turns), 6)
        for report in reports:
            self.assertIsNone(report["latency_us"])

    def test_measures_with_a_new_connection_for_every_message(self):
        for service in "echo", "discard":
            turns, reports = self.turns_and_reports(("--service", service), "--service", service, "--churn")
            self.assertEqual(len(turns), 6)
            self.assertEqual([report["churn"] for report in reports], [True, True])

    def test_measures_at_a_rate(self):
        for way in (), ("--churn",):
            turns, reports = self.turns_and_reports(("--service", "echo"), "--rate", "1000", "--arrivals", "fixed", *way)
            # 5 ms of the clock of the messages have five of them; one may have been sent early, in the turn before.
            for turn in turns:
                self.assertGreaterEqual(turn["messages"], 4)
            for report in reports:
                loop = report["open_loop"]
                self.assertEqual((loop["due"], loop["unsent"], loop["unanswered"]), (report["messages"], 0, 0))

    def test_measures_with_several_threads(self):
        for way in (), ("--rate", "1000", "--arrivals", "fixed"):
            turns, reports = self.turns_and_reports(("--service", "echo"), "--threads", "3", *way)
            self.assertEqual(len(turns), 6)
            for turn in turns:
                self.assertGreater(turn["messages"], 0)
            self.assertEqual([report["threads"] for report in reports], [3, 3])

    def test_measures_datagrams(self):
        with Server(EPOLL, "--service", "echo", "--udp") as server:
            done = self.conduct([{"name": "epoll", "port": server.port}], "--udp")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        *turns, report = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(turns), 3)
        for one in *turns, report:
            self.assertEqual(one["datagrams"]["sent"], one["messages"] + one["datagrams"]["lost"])

    def test_refuses_datagrams_over_a_unix_socket(self):
        done = self.conduct([{"name": "mine", "unix": "/nowhere/socket"}], "--udp")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", "iomux-load: plan: mine: a Unix socket cannot be combined with --udp\n"))

    def test_names_the_server_that_fails(self):
        with Server(EPOLL, "--service", "echo") as server, refused_port(socket.SOCK_STREAM) as closed:
            done = self.conduct([{"name": "good", "port": server.port}, {"name": "bad", "port": closed}])
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-load: bad: .*Connection refused( \(and \d more errors\))?\n\Z")
        good, bad = [json.loads(line) for line in done.stdout.splitlines()][-2:]
        self.assertGreater(good["messages"], 0)
        self.assertEqual(bad["messages"], 0)

    def test_holds_its_connections_until_a_line_after_that_of_the_plan(self):
        with Server(EPOLL, "--service", "echo") as server:
            plan = json.dumps({**self.PLAN, "targets": [{"name": "epoll", "port": server.port}]})
            with subprocess.Popen((LOAD, "--conduct", "--connections", "4"), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True) as load:
                for part in plan, "\n":
                    load.stdin.write(part)
                    load.stdin.flush()
                while "name" not in json.loads(load.stdout.readline()):
                    pass
                self.assertEqual(count_sockets(load.pid), 4)
                load.stdin.write("\n")
                load.stdin.flush()
                self.assertEqual(load.stdout.read(), "")
        self.assertEqual(load.returncode, 0)

    def test_asks_for_the_processes_once_it_has_connected(self):
        with Server(EPOLL, "--service", "echo") as server:
            plan = {**self.PLAN, "targets": [{"name": "epoll", "port": server.port}], "asks_for_processes": True}
            before = count_sockets(server.process.pid)
            with subprocess.Popen((LOAD, "--conduct", "--connections", "4"), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True) as load:
                load.stdin.write(json.dumps(plan) + "\n")
                load.stdin.flush()
                self.assertEqual(json.loads(load.stdout.readline()), {"connected": True})
                self.assertEqual(count_sockets(server.process.pid), before + 4)
                load.stdin.write(json.dumps([[server.process.pid]]) + "\n")
                load.stdin.close()
                *turns, report = [json.loads(line) for line in load.stdout]
        self.assertEqual((load.returncode, report["error"], len(turns)), (0, None, 3))
        for turn in turns:
            self.assertGreater(turn["cpu_ns"], 0)

    def test_refuses_a_list_of_processes_that_is_wrong(self):
        with Server(EPOLL, "--service", "echo") as server:
            plan = json.dumps({**self.PLAN, "targets": [{"name": "epoll", "port": server.port}],
                               "asks_for_processes": True})
            for answer, saying in (("", "the list of processes is not valid JSON: standard input ends too early"),
                                   ("[[1], 2x]", "the list of processes is not valid JSON: byte 8 of standard input: "
                                                 "syntax error"),
                                   ("[]", "plan: the list of processes must be an array with an array for each target")):
                done = run(LOAD, "--conduct", input=f"{plan}\n{answer}\n")
                self.assertEqual((done.returncode, done.stderr), (1, f"iomux-load: {saying}\n"))

    def test_without_cycles_holds_its_connections(self):
        with Server(EPOLL, "--service", "echo") as server:
            plan = {"targets": [{"name": "crowd", "port": server.port}], "cycles": 0, "warmup_cycles": 0}
            with subprocess.Popen((LOAD, "--conduct", "--connections", "100"), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True) as load:
                load.stdin.write(json.dumps(plan) + "\n")
                load.stdin.flush()
                line = json.loads(load.stdout.readline())
                self.assertEqual((line["name"], line["error"], line["starved"], line["messages"]),
                                 ("crowd", None, 0, 0))
                self.assertEqual(count_sockets(load.pid), 100)
                load.stdin.close()
                self.assertEqual(load.stdout.read(), "")
        self.assertEqual(load.returncode, 0)

    def test_reports_starved_connections(self):
        pool = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "pool"))
        with Server(pool, "--service", "echo") as server:
            done = self.conduct([{"name": "pool", "port": server.port}], connections=64 + 2)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "iomux-load: pool: starved: 2 of 66 connections never got a reply\n"))

    def test_without_standard_input_fails(self):
        done = run(LOAD, "--conduct", preexec_fn=lambda: os.close(0))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Aiomux-load: cannot read the plan from standard input: .*\n\Z")

    def test_refuses_a_plan_that_is_wrong(self):
        for plan, naming in ("", "not valid JSON"), ("{", "not valid JSON"), ("{} x\n", "not valid JSON"), \
                ("{}", "plan: targets is missing"):
            done = run(LOAD, "--conduct", input=plan)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, rf"\Aiomux-load: .*{naming}.*\n\Z")

    def test_refuses_options_that_the_plan_determines(self):
        for option in ("--port", "7000"), ("--warmup", "1s"), ("--duration", "1s"), ("--json",):
            done = run(LOAD, "--conduct", *option)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(option[0], done.stderr)


class PausingAServer(unittest.TestCase):
    """A server that busy-waits is stopped between its turns. However the load ends, it runs again."""

    def state(self, pid):
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]

    def stop(self, process):
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)

    def load_of(self, busy, other):
        plan = {"targets": [{"name": "busy", "port": busy.port, "processes": [busy.process.pid]},
                            {"name": "other", "port": other.port}],
                "cycles": 1_000_000, "warmup_cycles": 9, "prelude_ms": 0}
        load = subprocess.Popen((LOAD, "--conduct", "--connections", "4"), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        load.stdin.write(json.dumps(plan) + "\n")
        load.stdin.flush()
        return load

    def ended_while_the_server_is_paused(self, end):
        nonblocking = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "nonblocking"))
        with (Server(nonblocking, "--service", "echo", "--poll-interval", "0") as busy,
              Server(EPOLL, "--service", "echo") as other, self.load_of(busy, other) as load):
            try:
                os.waitid(os.P_PID, busy.process.pid, os.WSTOPPED)
                self.stop(load)
                while self.state(busy.process.pid) != "T":  # it was continued in the meantime
                    load.send_signal(signal.SIGCONT)
                    os.waitid(os.P_PID, busy.process.pid, os.WSTOPPED)
                    self.stop(load)
                end(load)
                load.send_signal(signal.SIGCONT)
                load.wait(PATIENCE)
                self.assertNotEqual(self.state(busy.process.pid), "T")
                busy.send_signal(signal.SIGTERM)
                self.assertEqual(busy.process.wait(PATIENCE), 0)
            finally:
                load.kill()
        return load

    def test_continues_it_if_a_signal_ends_the_load(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            def end(load):
                load.send_signal(number)
                load.stdin.close()
            self.assertEqual(self.ended_while_the_server_is_paused(end).returncode, 130)

    def test_continues_it_if_a_second_signal_ends_the_load(self):
        def end(load):
            load.send_signal(signal.SIGINT)
            load.send_signal(signal.SIGTERM)
        load = self.ended_while_the_server_is_paused(end)
        self.assertIn(load.returncode, (128 + signal.SIGINT, 128 + signal.SIGTERM))

    def test_continues_it_if_the_reader_of_the_turns_has_gone(self):
        self.assertEqual(self.ended_while_the_server_is_paused(lambda load: load.stdout.close()).returncode, 1)


class MarkingItsWindow(unittest.TestCase):
    """After 'measured' it keeps its connections until standard input has a line or ends, or until it is stopped."""

    def held_after_the_mark(self, acknowledge, *options):
        with Server(EPOLL, "--service", "echo") as server:
            command = (LOAD, "--port", str(server.port), *SHORT, "--mark-window", *options)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
                self.assertEqual([load.stdout.readline(), load.stdout.readline()], ["measuring\n", "measured\n"])
                held = count_sockets(load.pid)
                acknowledge(load)
                # communicate() would end the input.
                report = load.stdout.read()
        self.assertEqual(load.returncode, 0)
        self.assertRegex(report, "(?m)^errors    0$")
        return held

    def test_holds_its_connections_until_a_line_or_the_end_of_its_input(self):
        def write_a_line(load):
            load.stdin.write("\n")
            load.stdin.flush()

        for acknowledge in write_a_line, lambda load: load.stdin.close():
            for options in ("--idle", "3"), ("--idle", "3", "--threads", "2"), ("--idle", "3", "--rate", "1000"):
                self.assertEqual(self.held_after_the_mark(acknowledge, *options), 4 + 3)

    def test_holds_the_window_until_a_line_if_it_is_told_to(self):
        for options in (), ("--threads", "2"), ("--churn",), ("--rate", "1000"):
            with self.subTest(options=options), Server(EPOLL, "--service", "echo") as server:
                command = (LOAD, "--port", str(server.port), *SHORT, "--mark-window", "--hold-window", *options)
                with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
                    self.assertEqual(load.stdout.readline(), b"measuring\n")
                    # Several times the length of the window.
                    self.assertEqual(select.select([load.stdout], [], [], 1)[0], [])
                    load.stdin.write(b"\n")
                    load.stdin.flush()
                    self.assertEqual(load.stdout.readline(), b"measured\n")
                    load.stdin.write(b"\n")
                    load.stdin.flush()
                    self.assertRegex(load.stdout.read(), b"(?m)^errors    0$")
                self.assertEqual(load.returncode, 0)

    def test_holds_only_a_window_that_it_marks(self):
        done = run(LOAD, "--hold-window")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "iomux-load: --hold-window requires --mark-window (see iomux-load --help)\n"))

    def test_ends_without_standard_input(self):
        with Server(EPOLL, "--service", "echo") as server:
            done = run(LOAD, "--port", str(server.port), *SHORT, "--mark-window", preexec_fn=lambda: os.close(0))
        self.assertEqual((done.returncode, done.stdout.splitlines()[:2]), (0, ["measuring", "measured"]))

    def test_ends_if_it_is_stopped_while_it_waits(self):
        self.held_after_the_mark(lambda load: load.terminate())


class Failing(unittest.TestCase):
    def test_before_the_window_prints_only_the_error(self):
        with refused_port(socket.SOCK_STREAM) as port:
            for options in (), ("--churn",), ("--threads", "2"), ("--hdr", "-"):
                done = run(LOAD, "--port", str(port), *SHORT, *options)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr,
                                 r"\Aiomux-load: .*Connection refused( \(and \d+ more errors\))?; start a server there first: "
                                 rf"./iomux run iomux-raw epoll --port {port} --service echo\n\Z")

    # It must not make the messages first, which takes memory and time.
    def test_is_found_before_large_messages_are_made(self):
        def limit_memory():
            if not os.environ["IOMUX_SANITIZE"]:  # they reserve more
                resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))

        with refused_port(socket.SOCK_STREAM) as port:
            for address in ("--port", str(port)), ("--unix", "/nowhere/socket"):
                for options in (), ("--churn",), ("--threads", "2"):
                    with self.subTest(address=address, options=options):
                        done = run(LOAD, *address, "--size", "1GiB", *options, preexec_fn=limit_memory)
                        self.assertEqual((done.returncode, done.stdout), (1, ""))
                        self.assertRegex(done.stderr, r"\Aiomux-load: cannot connect to \S+: (Connection refused|No such file)")

    def test_names_the_options_of_both_sides_if_the_server_has_another_protocol(self):
        agree = ("start it with {}, or give iomux-load the server's options (its defaults are "
                 "--service suffix --suffix _suffix --framing chunk)")
        echo, suffix = ("--service", "echo", "--framing", "chunk"), ("--service", "suffix", "--suffix", "X", "--framing", "chunk")
        for of_the_server, of_the_load, how in (
                ((), echo, "wrong reply for service echo, framing chunk; the server needs the same --service and --framing: "),
                ((), suffix, "wrong reply for service suffix, framing chunk; "
                             "the server needs the same --service, --suffix and --framing: "),
                (("--framing", "length"), echo, "; no reply was complete: if the server has another --service or --framing, ")):
            for options in (), ("--churn",), ("--threads", "2"), ("--rate", "1000"):
                with self.subTest(server=of_the_server, options=options), Server(EPOLL, *of_the_server) as server:
                    done = run(LOAD, "--port", str(server.port), *SHORT, *of_the_load, *options)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertIn(how + agree.format(" ".join(of_the_load)), done.stderr)

    def test_finds_another_protocol_before_it_measures_even_if_the_first_reply_comes_after_the_warm_up(self):
        for options in (), ("--churn",), ("--threads", "2"), ("--rate", "1000"), ("--churn", "--rate", "1000"):
            with self.subTest(options=options), Server(EPOLL, "--work", "sleep:100ms") as server:
                done = run(LOAD, "--port", str(server.port), *SHORT, "--service", "echo", *options)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("wrong reply for service echo", done.stderr)

    def test_gives_up_before_it_measures_though_some_connections_were_not_due_yet(self):
        with Server(EPOLL) as server:
            done = run(LOAD, "--port", str(server.port), "--warmup", "200ms", "--duration", "200ms", "--connections", "64",
                       "--service", "echo", "--churn", "--rate", "100")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("wrong reply for service echo", done.stderr)

    def test_names_no_options_to_a_program_that_takes_the_marks(self):
        for of_the_server, how in ((), "wrong reply for service echo, framing chunk"), (("--framing", "length"), ""):
            with self.subTest(server=of_the_server), Server(EPOLL, *of_the_server) as server:
                done = run(LOAD, "--port", str(server.port), *SHORT, "--mark-window", stdin=subprocess.DEVNULL)
                self.assertEqual(done.returncode, 1)
                self.assertIn(how, done.stderr)
                self.assertNotIn("--", done.stderr)

    def test_names_the_option_of_both_sides_if_the_server_has_another_service_for_datagrams(self):
        with Server(EPOLL, "--udp") as server:
            done = run(LOAD, "--port", str(server.port), "--udp", *SHORT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("wrong reply for service echo; the server needs the same --service: start it with --service echo, "
                      "or give iomux-load the server's options (its defaults are --service suffix --suffix _suffix)", done.stderr)

    def test_without_a_server_gives_no_hint_to_a_program_that_takes_the_marks(self):
        with refused_port(socket.SOCK_STREAM) as port:
            done = run(LOAD, "--port", str(port), *SHORT, "--mark-window", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-load: .*Connection refused( \(and \d+ more errors\))?\n\Z")

    def test_before_the_window_prints_the_error_as_json_too(self):
        with refused_port(socket.SOCK_STREAM) as port:
            done = run(LOAD, "--port", str(port), *SHORT, "--json")
        self.assertEqual(done.returncode, 1)
        report = json.loads(done.stdout)
        self.assertEqual((report["seconds"], report["messages"]), (0, 0))
        self.assertIn("Connection refused", report["error"])


class Misusing(unittest.TestCase):
    """One line on standard error, exit status 2."""

    def assert_refused(self, *options, naming):
        done = run(LOAD, *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-load: .+\n\Z")
        self.assertIn(naming, done.stderr)

    def test_with_an_invalid_rate(self):
        for rate in ("0", "-5", "fast", "1.5"):
            self.assert_refused("--rate", rate, naming=rate)

    def test_with_samples_that_are_too_frequent_or_of_several_threads(self):
        self.assert_refused("--live", "1ms", naming="--live")
        self.assert_refused("--live", "1s", "--threads", "2", naming="--live")

    def test_with_unknown_arrivals(self):
        self.assert_refused("--rate", "5", "--arrivals", "often", naming="--arrivals often: not one of fixed, exponential")

    def test_with_arrivals_in_a_closed_loop(self):
        self.assert_refused("--arrivals", "fixed", naming="--rate")

    def test_with_churn_and_options_for_lasting_connections(self):
        for option in (("--idle", "5"), ("--depth", "2"), ("--udp",)):
            self.assert_refused("--churn", *option, naming=option[0])

    def test_with_invalid_sizes(self):
        for size in ("uniform:5", "uniform:5-2", "exponential:0", "normal:5", "2G"):
            self.assert_refused("--size", size, naming=size)
        self.assert_refused("--size", "uniform:4-64", "--udp", naming="8 bytes")
        self.assert_refused("--size", "uniform:16B-128KiB", "--framing", "line", naming="131072")

    def test_with_threads_without_connections_to_share(self):
        for options in ("--churn",), ("--udp",), ("--connections", "3"):
            self.assert_refused("--threads", "4", *options, naming="--threads")

    def test_with_a_seed_but_nothing_random(self):
        self.assert_refused("--seed", "7", naming="--seed")

    def test_with_datagrams_at_a_rate(self):
        self.assert_refused("--udp", "--rate", "5", naming="--rate")
