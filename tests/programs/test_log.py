import fcntl
import os
import socket
import subprocess
import unittest

from programs import Server, ask, each_server, every_mechanism, receive_all


class DebugLog(unittest.TestCase):
    """The log lines of the article the project started from (Python I/O multiplexing, 2020): connect, receive, disconnect."""

    def log_of_one_client(self, mechanism, message, level="debug"):
        with Server(mechanism, "--log-level", level, "--service", "discard") as server:
            with server.connect() as client:
                self.name = "127.0.0.1:%d" % client.getsockname()[1]
                client.sendall(message)
                client.shutdown(socket.SHUT_WR)
                receive_all(client)
            server.stop()
            return server.log().splitlines()

    @each_server
    def test_has_a_line_for_connect_receive_and_disconnect(self, mechanism):
        self.assertEqual(
            self.log_of_one_client(mechanism, b"hi"),
            [
                f"debug: client {self.name} connected",
                f"debug: client {self.name}: received 2 bytes: hi",
                f"debug: client {self.name} disconnected: end of file",
            ],
        )

    @each_server
    def test_escapes_control_characters(self, mechanism):
        received = self.log_of_one_client(mechanism, b"\x1b[31m\r\n\x00\xff\\")[1]
        self.assertTrue(received.endswith(r": \x1b[31m\r\n\x00\xff\\"), received)

    @each_server
    def test_is_cut_for_long_messages(self, mechanism):
        received = self.log_of_one_client(mechanism, b"x" * 400)[1]
        self.assertTrue(received.endswith("received 400 bytes: " + "x" * 256 + "…"), received)

    @each_server
    def test_is_silent_by_default_about_clients(self, mechanism):
        self.assertEqual(self.log_of_one_client(mechanism, b"hi", level="info"), [])


class Warnings(unittest.TestCase):
    def test_say_that_other_machines_can_connect(self):
        mechanism = next(one for one in every_mechanism() if one.guarded)
        for address, warned in ("0.0.0.0", True), ("127.0.0.1", False):
            with Server(mechanism, "--address", address) as server:
                port = server.port
                server.stop()
                self.assertEqual(server.log(), f"warning: other machines can connect to {address}:{port}, and every client is "
                                               "served; to serve only this machine, listen on 127.0.0.1\n" if warned else "")

    @each_server
    def test_come_once_for_many_messages_past_the_limit(self, mechanism):
        with Server(mechanism, "--framing", "line", "--max-message", "10") as server:
            for _ in range(50):
                with server.connect() as client:
                    client.sendall(b"much longer than ten bytes\n")
                    receive_all(client)
            # At most one line per second.
            lines = [line for line in server.log().splitlines() if "longer than 10 bytes" in line]
            self.assertIn(len(lines), range(1, 10))


class LostLog(unittest.TestCase):
    @each_server
    def test_does_not_end_the_service(self, mechanism):
        reader, writer = os.pipe()
        with Server(mechanism, "--log-level", "debug", stderr=writer) as server:
            os.close(writer)
            os.close(reader)
            for _ in range(3):
                with server.connect() as client:
                    self.assertTrue(ask(client, b"hi", b"hi_suffix"))
            self.assertEqual(server.stop(), 0)

    @each_server
    def test_does_not_stop_the_service_if_its_reader_stops_reading(self, mechanism):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        with Server(mechanism, "--log-level", "debug", stderr=writer) as server:
            os.close(writer)
            with server.connect() as client:
                for _ in range(200):  # each one logs at least 40 bytes
                    self.assertTrue(ask(client, b"hi", b"hi_suffix"))
            self.assertEqual(server.stop(), 0)
        os.close(reader)
