import json
import os
import signal
import socket
import tempfile
import unittest

from programs import (
    AMPLIFYING,
    HOLDING_LINES,
    Server,
    ask,
    each_server,
    each_server_even_minimal,
    receive,
    receive_all,
    wait_until,
)


class Listening(unittest.TestCase):
    @each_server_even_minimal
    def test_is_announced_first_with_the_port_that_the_kernel_chose(self, mechanism):
        with Server(mechanism) as server:
            self.assertRegex(server.first_line, r"\Alistening on 127\.0\.0\.1:[1-9]\d*\n\Z")

    @each_server
    def test_is_true_once_announced(self, mechanism):
        with Server(mechanism) as server, server.connect() as client:
            self.assertTrue(ask(client, b"hi", b"hi_suffix"))

    @each_server_even_minimal
    def test_prints_nothing_else_on_standard_output(self, mechanism):
        with Server(mechanism) as server:
            server.stop()
            self.assertEqual(server.process.stdout.read(), b"")

    @each_server
    def test_on_the_same_port_again_at_once(self, mechanism):
        port = "0"
        for _ in range(5):
            with Server(mechanism, address=("--port", port)) as server, server.connect() as client:
                port = str(server.port)
                self.assertTrue(ask(client, b"hi", b"hi_suffix"))
                # The server closes the connection first, which leaves its port in TIME_WAIT.
                server.send_signal(signal.SIGTERM)
                self.assertEqual(receive_all(client), b"")
                client.close()
                self.assertEqual(server.wait(), 0)

    @each_server
    def test_on_all_addresses_logs_a_warning(self, mechanism):
        with Server(mechanism, address=("--address", "0.0.0.0", "--port", "0")) as server:
            server.wait_for_log("warning: other machines can connect to 0.0.0.0:")


class UrgentData(unittest.TestCase):
    @each_server
    def test_is_skipped_and_the_messages_after_it_are_answered(self, mechanism):
        with Server(mechanism, "--framing", "line") as server, server.connect() as client:
            server.send_signal(signal.SIGSTOP)
            client.sendall(b"a\n")
            client.send(b"!", socket.MSG_OOB)
            client.sendall(b"b\n")
            server.send_signal(signal.SIGCONT)
            self.assertEqual(receive(client, 18), b"a_suffix\nb_suffix\n")


class UnixSocket(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def start(self, mechanism, *options):
        self.path = os.path.join(self.directory, mechanism.name)
        return Server(mechanism, *options, address=("--unix", self.path))

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.connect(self.path)
        return client

    @each_server
    def test_is_served(self, mechanism):
        with self.start(mechanism) as server:
            self.assertEqual(server.first_line, f"listening on unix:{self.path}\n")
            with self.connect() as client:
                self.assertTrue(ask(client, b"hi", b"hi_suffix"))
            self.assertEqual(server.stop(), 0)

    @each_server
    def test_is_removed_at_the_end(self, mechanism):
        with self.start(mechanism) as server:
            self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(self.path))

    @each_server
    def test_is_taken_over_from_a_server_that_was_killed(self, mechanism):
        with self.start(mechanism) as killed:
            killed.process.kill()
            killed.wait()
        # An io_uring is destroyed some time after its process has ended, and its accept keeps the listener open until then.
        wait_until(self.is_refused, "the killed server's socket is closed")
        with self.start(mechanism):
            self.assertTrue(ask(self.connect(), b"hi", b"hi_suffix"))

    @each_server
    def test_is_left_to_a_process_that_took_it_over_during_the_drain(self, mechanism):
        with self.start(mechanism, *AMPLIFYING) as draining:
            client = self.connect()
            client.sendall(b"\n" * HOLDING_LINES)
            client.recv(1)
            draining.send_signal(signal.SIGTERM)
            wait_until(self.is_refused, "the first server stops listening")
            with self.start(mechanism):
                client.close()
                self.assertEqual(draining.wait(), 0)
                self.assertTrue(ask(self.connect(), b"hi", b"hi_suffix"))

    def is_refused(self):
        try:
            self.connect()
            return False
        except ConnectionRefusedError:
            return True


class Stats(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = os.path.join(directory.name, "stats.json")

    def run_with_three_clients(self, mechanism):
        with Server(mechanism, "--stats", self.file) as server:
            for _ in range(3):
                with server.connect() as client:
                    ask(client, b"hi", b"hi_suffix")
                    client.shutdown(socket.SHUT_WR)
                    receive_all(client)
            server.stop()
        with open(self.file, encoding="utf-8") as file:
            return json.load(file)

    @each_server
    def test_count_what_has_happened(self, mechanism):
        stats = self.run_with_three_clients(mechanism)
        happened = {key: stats[key] for key in ("mechanism", "accepted", "messages", "bytes_received", "bytes_sent")}
        self.assertEqual(
            happened,
            {"mechanism": mechanism.name, "accepted": 3, "messages": 3, "bytes_received": 6, "bytes_sent": 27},
        )

    @each_server
    def test_count_why_connections_were_closed(self, mechanism):
        self.assertEqual(self.run_with_three_clients(mechanism)["closed"]["end_of_file"], 3)

    @each_server
    def test_count_the_waits_and_their_events(self, mechanism):
        self.assertLessEqual({"waits", "ready_events", "would_block"}, set(self.run_with_three_clients(mechanism)))

    @each_server
    def test_that_cannot_be_written_are_an_error_in_one_line(self, mechanism):
        with Server(mechanism, "--stats", "/nowhere/stats.json") as server:
            self.assertEqual(server.stop(), 1)
            self.assertRegex(server.log(), r"\Aiomux-\w+: cannot write /nowhere/stats.json: .*\n\Z")
