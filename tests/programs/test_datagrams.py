"""The client and the load generator over UDP."""

import contextlib
import json
import os
import socket
import threading
import unittest

from programs import PATIENCE, RAW, Server, every_mechanism, refused_port, run

CLIENT = os.environ["IOMUX_CLIENT"]
LOAD = os.environ["IOMUX_LOAD"]
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))

# Longer than any reply takes, even on a slow machine.
PATIENT_CLIENT = ("--reply-timeout", str(PATIENCE))
PATIENT_LOAD = ("--lost-after", str(PATIENCE), "--warmup", "10ms", "--duration", "100ms", "--json")


@contextlib.contextmanager
def answering(answer):
    """A UDP server that replies to each datagram with the result of `answer`, unless it is None. Yields its port."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        end = b""

        def serve():
            while (received := server.recvfrom(65536))[0] != end:
                if (reply := answer(received[0])) is not None:
                    server.sendto(reply, received[1])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield str(server.getsockname()[1])
        finally:
            server.sendto(end, server.getsockname())
            thread.join()


def silent(_):
    return None


class Client(unittest.TestCase):
    def talk(self, port, *options):
        return run(CLIENT, "--udp", "--port", str(port), *options)

    def test_prints_each_reply_with_its_sockets_number(self):
        with Server(EPOLL, "--udp") as server:
            done = self.talk(server.port, *PATIENT_CLIENT, "--connections", "2", "--count", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(done.stdout.splitlines()), ["0: hi_suffix"] * 3 + ["1: hi_suffix"] * 3)

    def test_agrees_with_the_server_in_every_service(self):
        for service in ("suffix", "echo", "discard"):
            with self.subTest(service=service), Server(EPOLL, "--udp", "--service", service) as server:
                done = self.talk(server.port, *PATIENT_CLIENT, "--service", service, "--count", "5")
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_fails_at_once_without_a_server(self):
        with refused_port(socket.SOCK_DGRAM) as port:
            done = self.talk(port, *PATIENT_CLIENT, "--connections", "1", "--count", "3")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            f"iomux-client: connection 0: cannot exchange datagrams with 127.0.0.1:{port}: Connection refused; start a server "
            f"there first: ./iomux run iomux-raw epoll --port {port} --service suffix --udp\n",
        )

    def test_reports_and_counts_lost_datagrams_and_fails(self):
        with answering(silent) as port:
            done = self.talk(port, "--connections", "1", "--count", "2", "--reply-timeout", "10ms")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr.splitlines(),
            ["iomux-client: connection 0: no reply within 0.01 s",
             "iomux-client: if the server has another --service or --suffix, start it with --service suffix --suffix _suffix, or "
             "give iomux-client the server's options (its defaults are --service suffix --suffix _suffix)",
             "iomux-client: connection 0: no reply within 0.01 s",
             "iomux-client: lost: 2 of 2 datagrams had no reply in time"],
        )

    def test_fails_at_a_wrong_reply(self):
        with answering(lambda _: b"ho") as port:
            done = self.talk(port, *PATIENT_CLIENT, "--connections", "1", "--count", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wrong reply: ho", done.stderr)


class Load(unittest.TestCase):
    def load(self, port, *options):
        return run(LOAD, "--udp", "--port", str(port), *options)

    def test_reports_no_loss_if_all_are_answered(self):
        with Server(EPOLL, "--udp") as server:
            done = self.load(server.port, *PATIENT_LOAD, "--service", "suffix", "--connections", "8", "--depth", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertGreater(report["messages"], 0)
        self.assertEqual(report["datagrams"]["answered"], report["messages"])
        self.assertEqual(report["datagrams"]["lost"], 0)
        self.assertIsNone(report["framing"])

    def test_sends_without_waiting_with_service_discard(self):
        with Server(EPOLL, "--udp", "--service", "discard") as server:
            done = self.load(server.port, *PATIENT_LOAD, "--service", "discard")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertGreater(report["datagrams"]["sent"], 0)
        self.assertIsNone(report["datagrams"]["lost"])

    def test_succeeds_although_some_are_lost_and_reports_the_share(self):
        counted = iter(range(10**9))
        with answering(lambda datagram: datagram if next(counted) % 4 else None) as port:
            done = self.load(port, "--lost-after", "20ms", "--duration", "200ms", "--connections", "4", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(json.loads(done.stdout)["datagrams"]["lost_share"], 0)

    def test_fails_in_one_line_without_a_server(self):
        with refused_port(socket.SOCK_DGRAM) as port:
            done = self.load(port)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            f"iomux-load: connection 0 to 127.0.0.1:{port}: Connection refused (and 63 more errors); start a server there "
            f"first: ./iomux run iomux-raw epoll --port {port} --service echo --udp\n",
        )

    def test_fails_in_one_line_if_nothing_is_answered(self):
        with answering(silent) as port:
            done = self.load(port, "--lost-after", "20ms", "--warmup", "0", "--duration", "100ms")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stderr, rf"\Aiomux-load: 127.0.0.1:{port}: none of \d+ datagrams was answered within 0.02 s\n\Z"
        )


class Misusing(unittest.TestCase):
    """One line on standard error, exit status 2."""

    def assert_refused(self, program, *options, naming):
        done = run(program, *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .+\n\Z")
        self.assertIn(naming, done.stderr)

    def test_with_options_that_do_not_apply_to_datagrams(self):
        for program in (CLIENT, LOAD):
            self.assert_refused(program, "--udp", "--unix", "/tmp/socket", naming="--unix")
            self.assert_refused(program, "--udp", "--framing", "line", naming="--framing")
        self.assert_refused(LOAD, "--udp", "--idle", "1", naming="--idle")

    def test_with_options_that_require_datagrams(self):
        self.assert_refused(CLIENT, "--reply-timeout", "1", naming="--udp")
        self.assert_refused(LOAD, "--lost-after", "1", naming="--udp")

    def test_with_a_time_of_zero(self):
        self.assert_refused(CLIENT, "--udp", "--reply-timeout", "0", naming="--reply-timeout")
        self.assert_refused(LOAD, "--udp", "--lost-after", "0", naming="--lost-after")

    def test_with_a_message_whose_reply_exceeds_a_datagram(self):
        self.assert_refused(CLIENT, "--udp", "--message", "x" * 65501, naming="65507")
        self.assert_refused(LOAD, "--udp", "--size", "65508", naming="65507")
        self.assert_refused(LOAD, "--udp", "--service", "suffix", "--size", "65501", naming="65507")

    def test_with_a_message_too_short_for_its_number(self):
        self.assert_refused(LOAD, "--udp", "--size", "7", naming="at least 8 bytes")
