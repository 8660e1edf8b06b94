import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from programs import (
    AMPLIFIED,
    AMPLIFYING,
    ASIO,
    PATIENCE,
    RAW,
    Server,
    ask,
    cpu_share,
    each_program,
    each_server,
    each_server_even_minimal,
    every_mechanism,
    hold_the_drain,
    receive,
    receive_all,
    run,
    wait_until,
)

FIRST_DESCRIPTOR = 3


def listening(kind=socket.AF_INET, address=("127.0.0.1", 0)):
    """A listening socket like that of a service manager."""
    listener = socket.socket(kind)
    listener.bind(address)
    listener.listen(128)
    return listener


@contextlib.contextmanager
def handing_over(*descriptors, **variables):
    """Does what a service manager does before it starts a server, in a shell that executes the server. The variables
    replace the correct ones."""
    # Moves the descriptors to high numbers first, so that none is overwritten before it is moved.
    passed = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 20) for one in descriptors]
    moves = "".join(f"exec {FIRST_DESCRIPTOR + i}<&{fd} {fd}<&-; " for i, fd in enumerate(passed))
    variables = {"LISTEN_PID": "$$", "LISTEN_FDS": len(passed), **variables}
    assignments = " ".join(f"{name}={value}" for name, value in variables.items())
    try:
        yield ("bash", "-c", f'{moves}{assignments} exec "$@"', "bash"), passed
    finally:
        for fd in passed:
            os.close(fd)


def start(mechanism, *options, sockets, **variables):
    with handing_over(*(one.fileno() for one in sockets), **variables) as (wrapper, passed):
        return Server(mechanism, *options, address=(), wrapper=wrapper, pass_fds=passed)


def run_with(*descriptors, command, **variables):
    with handing_over(*descriptors, **variables) as (wrapper, passed):
        return run(*wrapper, *command, pass_fds=passed)


def connect(listener):
    client = socket.socket(listener.family)
    client.settimeout(PATIENCE)
    client.connect(listener.getsockname())
    return client


def polling_seldom(mechanism):
    """Options for a polling server, which uses CPU for every pass even without a client."""
    return ("--poll-interval", "50ms") if mechanism.name == "nonblocking" else ()


def wait_until_it_rests(server):
    """Waits until the server uses little CPU. It may still be starting; a server that spins never gets there."""
    wait_until(lambda: cpu_share(server) < 0.05, "the server rests")


class HandedOver(unittest.TestCase):
    """A listening socket."""

    def setUp(self):
        self.listener = listening()
        self.addCleanup(self.listener.close)

    def start(self, mechanism, *options, **variables):
        return start(mechanism, *options, sockets=[self.listener], **variables)

    def assert_serves(self, listener=None):
        with connect(listener or self.listener) as client:
            self.assertTrue(ask(client, b"hi", b"hi_suffix"))

    @each_server_even_minimal
    def test_is_announced_with_its_address(self, mechanism):
        with self.start(mechanism) as server:
            port = self.listener.getsockname()[1]
            self.assertEqual(server.first_line, f"listening on 127.0.0.1:{port} (handed over)\n")

    @each_server
    def test_is_served_whether_it_blocked_or_not(self, mechanism):
        for blocks in (True, False):
            self.listener.setblocking(blocks)
            with self.start(mechanism) as server:
                self.assert_serves()
                self.assertEqual(server.stop(), 0)

    @each_server
    def test_never_blocks_from_then_on(self, mechanism):
        with self.start(mechanism) as server:
            self.assertFalse(os.get_blocking(self.listener.fileno()))
            self.assert_serves()
            self.assertEqual(server.stop(), 0)
            self.assertFalse(os.get_blocking(self.listener.fileno()))

    @each_server
    def test_is_served_by_several_threads(self, mechanism):
        if not mechanism.counts_threads:
            return
        with self.start(mechanism, "--threads", "2") as server:
            for _ in range(10):
                self.assert_serves()
            self.assertEqual(server.stop(), 0)

    @each_server
    def test_of_a_path_is_served_and_its_file_left(self, mechanism):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "socket")
            with listening(socket.AF_UNIX, path) as listener, start(mechanism, sockets=[listener]) as server:
                self.assertEqual(server.first_line, f"listening on unix:{path} (handed over)\n")
                self.assert_serves(listener)
                self.assertEqual(server.stop(), 0)
            self.assertTrue(os.path.exists(path))

    @each_program
    def test_may_have_an_abstract_name(self, program):
        with listening(socket.AF_UNIX, "") as listener:
            with start(first_mechanism(program), sockets=[listener]) as server:
                name = listener.getsockname()[1:].decode()
                self.assertEqual(server.first_line, f"listening on unix:@{name} (handed over)\n")

    @each_program
    def test_is_closed_in_children(self, program):
        with self.start(first_mechanism(program)) as server:
            with open(f"/proc/{server.process.pid}/fdinfo/{FIRST_DESCRIPTOR}", encoding="ascii") as info:
                flags = next(line for line in info if line.startswith("flags:")).split()[1]
            self.assertTrue(int(flags, 8) & os.O_CLOEXEC)

    @contextlib.contextmanager
    def draining(self, mechanism, *options):
        """A server that was stopped and has closed its listener, but still drains."""
        with self.start(mechanism, *AMPLIFYING, "--drain-timeout", "1000", *options) as server:
            with hold_the_drain(server), connect(self.listener) as told:
                self.assertTrue(ask(told, b"\n", b"x" * 1024 + b"\n"))
                server.send_signal(signal.SIGTERM)
                self.assertEqual(receive_all(told), b"")
                yield server

    @each_server
    def test_keeps_connections_in_the_backlog_for_the_next_process(self, mechanism):
        with self.draining(mechanism), connect(self.listener) as client:
            client.sendall(b"\n")
            with self.start(mechanism, *AMPLIFYING):
                self.assertEqual(len(receive(client, AMPLIFIED)), AMPLIFIED)

    @each_server
    def test_costs_a_draining_server_no_cpu_for_connections_in_the_backlog(self, mechanism):
        with self.draining(mechanism, *polling_seldom(mechanism)) as server, connect(self.listener):
            wait_until_it_rests(server)

    @contextlib.contextmanager
    def accepted_at_the_stop(self, mechanism, *options, said=b""):
        """A client that has sent nothing when its server begins to drain."""
        with self.start(mechanism, "--framing", "line", "--log-level", "debug", *options) as server:
            with connect(self.listener) as told, connect(self.listener) as client:
                self.assertTrue(ask(told, b"hi\n", b"hi_suffix\n"))
                client.sendall(said)
                wait_until(lambda: server.log().count(" connected\n") == 2, "both are accepted")
                server.send_signal(signal.SIGTERM)
                self.assertEqual(receive_all(told), b"")
                told.close()
                yield server, client

    @each_server
    def test_answers_every_client_that_was_accepted_before_the_stop(self, mechanism):
        with self.accepted_at_the_stop(mechanism) as (server, client):
            client.sendall(b"hi\n")
            self.assertEqual(receive_all(client), b"hi_suffix\n")
            client.close()
            self.assertEqual(server.wait(), 0)

    @each_server
    def test_answers_every_client_that_was_sending_at_the_stop(self, mechanism):
        with self.accepted_at_the_stop(mechanism, said=b"h") as (server, client):
            client.sendall(b"i\n")
            self.assertEqual(receive_all(client), b"hi_suffix\n")
            client.close()
            self.assertEqual(server.wait(), 0)

    @each_server
    def test_holds_a_drain_no_longer_than_its_timeout(self, mechanism):
        with self.accepted_at_the_stop(mechanism, "--drain-timeout", "100ms") as (server, _):
            self.assertEqual(server.wait(), 0)

    @each_server
    def test_loses_no_client_in_restarts_under_load(self, mechanism):
        with Load(self.listener) as load:
            for _ in range(3):
                with self.start(mechanism) as server:
                    load.wait_for_more()
                    server.send_signal(signal.SIGTERM)
                    self.assertEqual(server.wait(), 0)
            with self.start(mechanism):
                load.end()
        self.assertEqual(load.lost, [])

    @each_server
    def test_loses_no_client_if_the_next_process_starts_before_the_end(self, mechanism):
        with Load(self.listener) as load, contextlib.ExitStack() as stack:
            server = stack.enter_context(self.start(mechanism))
            for _ in range(3):
                load.wait_for_more()
                successor = stack.enter_context(self.start(mechanism))
                server.send_signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)
                server = successor
            load.end()
        self.assertEqual(load.lost, [])


class Load:
    """Clients that connect, send, read the reply and disconnect, repeatedly. `lost` has their errors."""

    CLIENTS = 4
    MORE = 30

    def __init__(self, listener):
        self.lost = []
        self._listener = listener
        self._ended = threading.Event()
        self._served = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._converse) for _ in range(self.CLIENTS)]

    def wait_for_more(self):
        enough = self._served + self.MORE
        wait_until(lambda: self.lost or self._served >= enough, "the clients are served")

    def end(self):
        self._ended.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _converse(self):
        while not self._ended.is_set() and not self.lost:
            try:
                with connect(self._listener) as client:
                    if not ask(client, b"hi", b"hi_suffix"):
                        self.lost.append("a reply is cut short")
            except OSError as error:
                self.lost.append(repr(error))
            with self._lock:
                self._served += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()


class HandedOverWithDatagrams(unittest.TestCase):
    """Two sockets, for TCP and UDP."""

    def setUp(self):
        self.listener, self.datagrams = self.pair()
        self.addCleanup(self.listener.close)
        self.addCleanup(self.datagrams.close)

    def pair(self):
        """Both have the same port. The kernel chooses it for one; for the other it may be taken, and then it tries again."""
        while True:
            listener, datagrams = listening(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with contextlib.suppress(OSError):
                datagrams.bind(listener.getsockname())
                return listener, datagrams
            listener.close()
            datagrams.close()

    def assert_answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.connect(self.listener.getsockname())
            client.send(b"hi")
            self.assertEqual(client.recv(100), b"hi_suffix")

    @each_server
    def test_are_both_served(self, mechanism):
        with start(mechanism, "--udp", sockets=[self.datagrams, self.listener]) as server:
            self.assertIn(" (TCP and UDP) (handed over)\n", server.first_line)
            self.assert_answers()
            with connect(self.listener) as client:
                self.assertTrue(ask(client, b"hi", b"hi_suffix"))
            self.assertEqual(server.stop(), 0)

    @each_server
    def test_never_block_from_then_on(self, mechanism):
        with start(mechanism, "--udp", sockets=[self.datagrams, self.listener]) as server:
            self.assert_answers()
            self.assertFalse(os.get_blocking(self.datagrams.fileno()))
            self.assertEqual(server.stop(), 0)

    @each_server
    def test_cost_no_cpu_without_a_client(self, mechanism):
        sockets = [self.datagrams, self.listener]
        with start(mechanism, "--udp", *polling_seldom(mechanism), sockets=sockets) as server:
            self.assert_answers()
            wait_until_it_rests(server)

    @each_program
    def test_may_be_the_servers_own_for_udp(self, program):
        self.datagrams.close()
        with start(first_mechanism(program), "--udp", sockets=[self.listener]):
            self.assert_answers()


class Variables(unittest.TestCase):
    @each_program
    def test_for_another_process_are_ignored(self, program):
        with listening() as listener, handing_over(listener.fileno(), LISTEN_PID=1) as (wrapper, passed):
            with Server(first_mechanism(program), wrapper=wrapper, pass_fds=passed) as server:
                self.assertRegex(server.first_line, r"\Alistening on 127\.0\.0\.1:[1-9]\d*\n\Z")
                self.assertNotEqual(server.port, listener.getsockname()[1])

    @each_program
    def test_that_hand_over_nothing_are_ignored(self, program):
        with handing_over() as (wrapper, _), Server(first_mechanism(program), wrapper=wrapper) as server:
            self.assertRegex(server.first_line, r"\Alistening on 127\.0\.0\.1:[1-9]\d*\n\Z")


class Mistaken(unittest.TestCase):
    """One line on standard error, nothing on standard output, exit status 1."""

    def assert_refused(self, *descriptors, options=(), naming, **variables):
        done = run_with(*descriptors, command=(RAW, "epoll", *options), **variables)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-raw: [^\n]+\n\Z")
        self.assertIn(naming, done.stderr)

    def test_is_a_file(self):
        with open("/dev/null", encoding="ascii") as file:
            self.assert_refused(file.fileno(), naming="descriptor 3, which was handed over: Socket operation on non-socket")

    def test_is_reported_by_its_name(self):
        with open("/dev/null", encoding="ascii") as file, listening() as listener:
            self.assert_refused(
                listener.fileno(), file.fileno(), naming="descriptor 4 (null)", LISTEN_FDNAMES="iomux.socket:null"
            )

    def test_is_a_socket_that_does_not_listen(self):
        with socket.socket() as idle:
            idle.bind(("127.0.0.1", 0))
            self.assert_refused(idle.fileno(), naming="the socket is not listening")

    def test_is_a_connection(self):
        with listening() as listener, connect(listener) as client:
            self.assert_refused(client.fileno(), naming="the socket is not listening")

    def test_is_a_socket_of_another_kind(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as packets:
            self.assert_refused(packets.fileno(), naming="neither a stream nor a datagram socket")

    def test_is_one_listener_of_two(self):
        with listening() as one, listening() as other:
            self.assert_refused(one.fileno(), other.fileno(), naming="another socket of its kind")

    def test_is_no_listener_at_all(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            self.assert_refused(datagrams.fileno(), options=["--udp"], naming="no listening socket")

    def test_are_datagrams_without_the_udp_option(self):
        with listening() as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            self.assert_refused(listener.fileno(), datagrams.fileno(), naming="--udp")

    def test_are_datagrams_of_another_port(self):
        with listening() as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            self.assert_refused(
                listener.fileno(), datagrams.fileno(), options=["--udp"], naming="different ports"
            )

    def test_are_datagrams_with_a_unix_socket(self):
        with listening(socket.AF_UNIX, "") as listener:
            self.assert_refused(listener.fileno(), options=["--udp"], naming="--udp")

    def test_is_a_descriptor_that_does_not_exist(self):
        with listening() as listener:
            self.assert_refused(listener.fileno(), naming="descriptor 4 (LISTEN_FDS): Bad file", LISTEN_FDS=2)

    def test_is_a_variable_that_is_not_a_number(self):
        with listening() as listener:
            for variable in ("LISTEN_PID", "LISTEN_FDS"):
                for value in ("three", "3x", "-1", "99999999999"):
                    self.assert_refused(listener.fileno(), naming=f"{variable} is not a whole number from 0: {value}", **{variable: value})


class Misused(unittest.TestCase):
    """One line on standard error, nothing on standard output, exit status 2: options must not choose the listener."""

    @each_program
    def test_with_an_option_that_asks_for_another_listener(self, program):
        with_loops = {RAW: "epoll", ASIO: "callbacks"}[program]
        for options in ("--port 0", "--address 127.0.0.1", "--unix /nowhere/socket", "--bind-retry 1s", "--backlog 1", "--accept reuseport"):
            with self.subTest(options), listening() as listener:
                done = run_with(listener.fileno(), command=(program, with_loops, *options.split()))
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(f"{options.split()[0]}", done.stderr)
                self.assertIn("LISTEN_FDS", done.stderr)


@unittest.skipIf(shutil.which("systemd-socket-activate") is None, "there is no systemd-socket-activate (Debian: systemd)")
class SystemdSocketActivate(unittest.TestCase):
    """The tool of the service manager: it listens, and executes the server at the first connection."""

    @each_server
    def test_hands_over_to_the_server(self, mechanism):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "socket")
            command = ("systemd-socket-activate", f"--listen={path}", "--fdname=door", mechanism.program, mechanism.name)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
                try:
                    with self.connect(path) as client:
                        self.assertTrue(ask(client, b"hi", b"hi_suffix"))
                    self.assertEqual(process.stdout.readline(), f"listening on unix:{path} (handed over)\n")
                    process.terminate()
                    self.assertEqual(process.wait(PATIENCE), 0)
                finally:
                    process.kill()

    def connect(self, path):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)

        def connected():
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                client.connect(path)
                return True
            return False

        wait_until(connected, "systemd-socket-activate listens")
        return client


def first_mechanism(program):
    return next(one for one in every_mechanism() if one.program == program and one.guarded)
