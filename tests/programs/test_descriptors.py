import contextlib
import os
import resource
import time
import unittest

from programs import (
    ASIO,
    RAW,
    Server,
    ask,
    count_sockets,
    cpu_share,
    each_server,
    each_server_even_minimal,
    every_mechanism,
    receive,
)

LIMIT = 40
CLIENTS = 60


@unittest.skipIf(
    "undefined" in os.environ["IOMUX_SANITIZE"],
    "the sanitizer opens a pipe to look at a virtual table, and there is no descriptor left for it",
)
class Exhausted(unittest.TestCase):
    """More clients than descriptors."""

    @contextlib.contextmanager
    def exhausted(self, mechanism, *options):
        """A server without a free descriptor and its clients: the connected ones and the waiting ones."""

        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))

        with contextlib.ExitStack() as stack:
            server = stack.enter_context(Server(mechanism, *options, preexec_fn=few_descriptors))
            listeners = count_sockets(server.process.pid)
            clients = [stack.enter_context(server.connect()) for _ in range(CLIENTS)]
            server.wait_for_log("accept paused: Too many open files")
            connected = count_sockets(server.process.pid) - listeners
            yield server, clients[:connected], clients[connected:]

    @each_server
    def test_serves_the_connected(self, mechanism):
        with self.exhausted(mechanism) as (_, connected, _):
            self.assertGreater(len(connected), LIMIT // 2)
            for client in connected:
                self.assertTrue(ask(client, b"hi", b"hi_suffix"))

    @each_server
    def test_uses_no_cpu(self, mechanism):
        # A polling server uses CPU for every pass. Fewer passes leave the CPU time that accepting uses.
        seldom = ("--poll-interval", "50ms") if mechanism.name == "nonblocking" else ()
        with self.exhausted(mechanism, *seldom) as (server, _, _):
            self.assertLess(cpu_share(server), 0.05)

    @each_server
    def test_logs_it_at_most_ten_times_per_second(self, mechanism):
        with self.exhausted(mechanism) as (server, _, _):
            before = len(server.log().splitlines())
            time.sleep(1)
            self.assertLessEqual(len(server.log().splitlines()) - before, 10)

    @each_server
    def test_serves_waiting_clients_once_others_have_disconnected(self, mechanism):
        with self.exhausted(mechanism) as (_, connected, waiting):
            for client in waiting:
                client.sendall(b"hi")
            for client in connected[: len(waiting)]:
                client.close()
            for client in waiting:
                self.assertEqual(receive(client, 9), b"hi_suffix")

    @each_server
    def test_stops_like_any_other(self, mechanism):
        with self.exhausted(mechanism) as (server, connected, waiting):
            for client in connected + waiting:
                client.close()
            self.assertEqual(server.stop(), 0)


@unittest.skipIf("undefined" in os.environ["IOMUX_SANITIZE"], "the sanitizer needs descriptors of its own")
class TooFewToStart(unittest.TestCase):
    """Fewer descriptors than a server opens before it listens."""

    def assert_says_what_to_do(self, mechanism, *options):
        for limit in range(4, LIMIT):  # the standard descriptors, and one for what a program opens and closes

            def few_descriptors(limit=limit):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

            with self.subTest(limit), Server(mechanism, *options, preexec_fn=few_descriptors) as server:
                if server.first_line:
                    return self.assertGreater(limit, 4)
                self.assertEqual(server.wait(), 1)
                self.assertRegex(server.log(), r"\A[\w-]+: cannot .+: Too many open files; raise the limit "
                                               r"\(ulimit -n\)\n\Z")
        return self.fail("it does not start")

    @each_server_even_minimal
    def test_is_an_error_that_says_what_to_do(self, mechanism):
        self.assert_says_what_to_do(mechanism)

    def test_for_more_sockets_or_threads_is_an_error_that_says_what_to_do(self):
        for mechanism in every_mechanism():
            if (mechanism.program, mechanism.name) in ((RAW, "epoll"), (ASIO, "callbacks")):
                for options in ("--threads", "2"), ("--udp",):
                    with self.subTest(name=mechanism.name, options=options):
                        self.assert_says_what_to_do(mechanism, *options)
