import contextlib
import os
import resource
import time
import unittest

from programs import Server, ask, count_sockets, cpu_share, each_server, receive

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
